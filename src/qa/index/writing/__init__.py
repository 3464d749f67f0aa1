"""Brings an index up to date with its corpus: what has changed, taking it in, the lock, the switch to the new state."""
