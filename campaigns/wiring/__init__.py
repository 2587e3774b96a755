"""Wiring: the one place that knows which real adapter stands behind each port."""
