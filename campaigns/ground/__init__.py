"""The domain's own nouns: frozen values, standard library only."""
