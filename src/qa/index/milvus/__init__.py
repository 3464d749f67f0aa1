"""The index in Milvus: a server, or Milvus Lite in this process.

An index has a name. Under `NAME_1_passages` lie the passages of the first build, with their vectors and words, and under
`NAME_1_documents` everything else: documents, their texts, what is known of the state. The alias NAME points to the passages
of the build that is in place (qa.index.milvus.milvus_schema), so a rebuild switches in one step. Passages are never changed:
a state says which documents are there (qa.index.milvus.state), and is published by writing one row. So readers see whole
states, and a writer that is killed has published the next one or nothing.

`engine` is the connection, `dense_index` the index of the vectors, `view` one state, `searching` what asking needs, `updating`
and `milvus_change` how a change is made, `lease` lets one writer in at a time, `leftovers` deletes what nobody needs any more,
and `checking` verifies. pymilvus is imported when a connection is made, and not before.
"""
