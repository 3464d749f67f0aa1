"""Conversations on disk: the chats of the terminal, the sessions of `qa ask`, and their export."""
