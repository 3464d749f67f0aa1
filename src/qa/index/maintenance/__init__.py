"""Checks, mends, salvages and removes an index."""
