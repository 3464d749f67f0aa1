"""Trains, labels, exports and scores readers, small and large."""
