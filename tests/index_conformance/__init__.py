"""What qa.index.backend says of an index, held against every backend there is."""
