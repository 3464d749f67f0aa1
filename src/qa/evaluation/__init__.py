"""How good the answers are: the official scores, and the benchmarks that the docs quote."""
