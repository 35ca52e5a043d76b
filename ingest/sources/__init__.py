"""Finds the documents that a user names and reads their bytes.

Modules: documents (targets to raw documents), files (bytes of one file), tables (rows of JSON
and CSV files), feeds (entries of RSS and Atom), containers (EPUB, WARC, mailboxes), exports (of
news databases), metadata (metadata.csv beside the files), known_files (files that have
not changed), encoding (bytes to text).
"""
