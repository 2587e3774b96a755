"""Notifiers: where people are told in a line what a guard has done."""
