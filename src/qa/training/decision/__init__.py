"""Fits what decides: probabilities and thresholds, and the choice among lists."""
