"""Trains and exports the reranker."""
