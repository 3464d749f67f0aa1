"""Trains the term tagger of follow-ups: its network, its trees, its int8 graph."""
