"""Makes the model that says whether a text bears out a sentence."""
