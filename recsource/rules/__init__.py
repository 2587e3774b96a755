"""Business rules: what of a recommender's list may be shown. One file a rule, composed in `campaign.toml`."""
