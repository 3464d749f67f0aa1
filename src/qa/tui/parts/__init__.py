"""What is done in the chat: parts with one job each, which show it on a `qa.tui.screens.chat_layout.ChatLayout`."""
