"""Replays of the past: what an experiment could find, and whether the analysis keeps its promises."""
