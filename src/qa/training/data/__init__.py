"""Training rows: read, mined, made, mixed, and kept apart from what is measured."""
