"""The database, which is the truth: documents, passages, words, vectors and what the index says about itself."""
