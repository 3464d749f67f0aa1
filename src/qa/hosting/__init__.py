"""The documents as a server holds them, whatever protocol it speaks: `qa.mcp` and `qa.web` are built on this."""
