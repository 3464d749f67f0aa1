"""A Model Context Protocol server over the documents."""
