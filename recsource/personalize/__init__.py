"""Amazon Personalize as a recommender: trains in a dataset group of its own for every run, infers in batches."""

from recsource.personalize.recommender import PersonalizeRecommender
from recsource.personalize.settings import PersonalizeSettings

__all__ = ["PersonalizeRecommender", "PersonalizeSettings"]
