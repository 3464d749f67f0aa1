"""What `qa.tui.screens.chat_screen` is made of: parts with one job each, over the widgets of one screen."""
