"""Metrics for Prometheus, of what works for long and of what has ended; `winddown serve` has its own."""
