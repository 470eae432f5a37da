"""Augmentation: what could have happened to a recording without changing what is felt in it, one transform a file."""
