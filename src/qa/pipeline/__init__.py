"""The steps of one question: retrieve, rerank, read, rank the spans, decide."""
