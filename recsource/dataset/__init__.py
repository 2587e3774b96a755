"""What recommenders are trained on: interactions, users and items, exported in Amazon Personalize's schemas."""
