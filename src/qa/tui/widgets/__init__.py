"""The widgets of the chat, one to a file."""
