"""What a model is worth: metrics over held-out speakers."""
