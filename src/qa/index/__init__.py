"""The index on disk: SQLite is the truth, the FAISS file is derived from it and named by generation.

`manifest` what ties an index to its model; `database` the schema and how it is opened; `vectors` the FAISS file; `reader`
what asking needs; `writer` how a change is made so that a crash at any point leaves the old index or the new one.
"""
