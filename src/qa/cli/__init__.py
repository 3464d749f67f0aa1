"""The command line. It owns stdout, stderr and exit codes, and holds no retrieval or reading logic."""
