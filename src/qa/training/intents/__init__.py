"""Trains the classifier of what a question wants."""
