"""An answer in the words of the user's own language model, and nothing that the documents do not say (docs/writing.md).

A server is asked only where the user names one. What it writes is taken apart into sentences, and each is checked against the
passages that it cites before it is shown; the extractive answer is always given as well.
"""
