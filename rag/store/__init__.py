"""Keeps an archive: one folder with a database and two indexes that are derived from it.

- `archive`: opens an archive, reads it as one revision
- `writer`: adds, replaces and removes articles; one writer at a time
- `layout`: the files of the folder; the indexes that all archives of a process share
- `lock`: the writer's lock, by turns
- `disk`: a full disk, and the room that is kept for removals
- `identity`: ids of articles and versions
- `database`: articles, versions, spans and vectors in SQLite, the only source of truth
- `schema`: the tables, and upgrades of older ones
- `copies`: which texts are copies of each other, by MinHash
- `file_records`: files that were read, so that one that has not changed is not read again
- `rows`: rows of the database to values, checked against their seals
- `filter_arrays`: dates, publishers and validity as arrays, so that a filter is a mask
- `vector_index`: chunk vectors in Chroma
- `lexical_index`: chunk words in tantivy
- `doctor`: examines database and indexes
"""
