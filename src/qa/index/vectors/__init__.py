"""Dense search: FAISS files, exact and quantised, derived from the vectors in the database."""
