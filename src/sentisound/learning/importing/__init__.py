"""Importing: a Hugging Face audio-classification checkpoint becomes a bundle, without running a line of its code."""
