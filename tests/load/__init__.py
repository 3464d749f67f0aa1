"""Load on `qa serve`, run by hand: `python -m tests.load --help`."""
