"""Settings: what operators and marketers write in TOML, checked and frozen."""
