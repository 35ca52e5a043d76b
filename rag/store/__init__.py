"""Keeps an archive: one folder with a database and two indexes that are derived from it.

- `archive`: opens an archive, reads it as one revision
- `writer`: adds, replaces and removes articles; one writer at a time
- `layout`: the files of the folder; the indexes that all archives of a process share
- `identity`: ids of articles and versions
- `database`: articles, versions, spans and vectors in SQLite, the only source of truth
- `vector_index`: chunk vectors in Chroma
- `lexical_index`: chunk words in tantivy
- `doctor`: examines database and indexes
"""
