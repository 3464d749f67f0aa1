"""The chat, driven by Textual's Pilot."""
