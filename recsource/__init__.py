"""Recommendations: their schema, sources and business rules."""
