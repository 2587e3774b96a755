"""Serving: picks where an application reads them, one compact value a person, a version at a time."""
