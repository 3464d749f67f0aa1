"""The index: `backend` says what one has to do, `backends` which one lies at a place.

The one in a folder (`embedded`): SQLite is the truth, the FAISS file is derived from it and named by generation. `sqlite` and
`vectors` hold the two, `index_reader` reads them, `writing` makes each change so that a crash at any point leaves the old state
or the new one, and `maintenance` checks, mends and removes them.
"""
