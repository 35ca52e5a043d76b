"""Finds the documents that a user names and reads their bytes.

Modules: documents (targets to raw documents), files (bytes of one file), tables (rows of JSON
and CSV files), encoding (bytes to text).
"""
