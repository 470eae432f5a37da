"""Features: what the models hear of a sound, in numpy and scipy, the same code in training and in serving."""

from sentisound.features.sets import SETS, FeatureSet, feature_set

__all__ = ["SETS", "FeatureSet", "feature_set"]
