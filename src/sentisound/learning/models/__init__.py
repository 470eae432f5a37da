"""Learners by name."""
