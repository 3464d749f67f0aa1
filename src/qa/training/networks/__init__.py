"""The networks that are trained and exported here, whichever model they become: forward passes, the int8 graph, SmoothQuant."""
