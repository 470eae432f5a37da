"""The text of a small recipe that tests of the bench and of training cook, and vary by replacing a line."""

RECIPE = """
name = "small"
version = "1.0.0"
title = "A small recipe"
seed = 0

[data]
corpora = ["ravdess"]

[features]
set = "mfcc40"

[model]
name = "logistic_regression"
parameters = { C = 0.1 }

[evaluation]
protocols = ["ravdess/luna5"]
seeds = [0]
"""
