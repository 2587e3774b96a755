"""Assignment: which variant a person gets, a function of salts and ids alone."""
