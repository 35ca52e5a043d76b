"""Defines the tables of the database and upgrades older ones."""

from __future__ import annotations

import sqlite3

SCHEMA_VERSION = 4
"""What a writer makes and upgrades to. Readers read every schema from `OLDEST_READABLE` on."""
OLDEST_READABLE = 1

# Ids of chunks are never used again: the row of a vector in the arrays is the id of its chunk.
_CHUNKS = """
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, chunk_id TEXT NOT NULL UNIQUE,
    version_id INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    input_hash TEXT NOT NULL);
CREATE INDEX chunks_by_version ON chunks (version_id);
CREATE INDEX chunks_by_input ON chunks (input_hash);
"""
# `changes` lists the versions that were added, ended or removed, in order: a reader that knows the
# archive up to one of its rows looks only at those that follow.
_NEW_IN_2 = """
CREATE TABLE changes (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL);
CREATE INDEX versions_by_date ON versions (published, published_last, publisher);
CREATE INDEX versions_by_url ON versions (url) WHERE url IS NOT NULL;
CREATE INDEX versions_by_raw ON versions (raw_hash);
CREATE INDEX articles_by_raw ON articles (raw_hash);
"""
# `bands` finds versions whose texts may be copies of each other, `copies` has those that are: each
# with the number of its cluster, the id of the first version that was stored of it.
_NEW_IN_3 = """
CREATE TABLE bands (
    band INTEGER NOT NULL, version_id INTEGER NOT NULL, PRIMARY KEY (band, version_id)
) WITHOUT ROWID;
CREATE TABLE copies (version_id INTEGER PRIMARY KEY, cluster INTEGER NOT NULL);
CREATE INDEX copies_by_cluster ON copies (cluster);
"""
# Files that were read, and what came of them: see `rag.store.file_records`.
_NEW_IN_4 = """
CREATE TABLE files (
    collection TEXT NOT NULL, source TEXT NOT NULL, read_as TEXT NOT NULL, looks TEXT NOT NULL,
    content TEXT NOT NULL, documents BLOB NOT NULL, seal TEXT NOT NULL,
    PRIMARY KEY (collection, source));
"""
_SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE roots (path TEXT PRIMARY KEY, collection TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE raw (
    hash TEXT PRIMARY KEY, media_type TEXT NOT NULL, url TEXT,
    fetched INTEGER, fetched_precision TEXT, data BLOB NOT NULL);
CREATE TABLE articles (
    article_id TEXT PRIMARY KEY, collection TEXT NOT NULL, key TEXT NOT NULL,
    source TEXT NOT NULL, raw_hash TEXT NOT NULL);
CREATE INDEX articles_by_source ON articles (source);
CREATE TABLE versions (
    id INTEGER PRIMARY KEY, article_id TEXT NOT NULL, version TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, url TEXT, author TEXT, publisher TEXT,
    published INTEGER, published_last INTEGER, published_precision TEXT,
    updated INTEGER, updated_precision TEXT, fetched INTEGER, fetched_precision TEXT,
    extractor TEXT NOT NULL, raw_hash TEXT NOT NULL,
    blocks TEXT NOT NULL, sentences TEXT NOT NULL, seal TEXT, stated TEXT,
    UNIQUE (article_id, version));
CREATE TABLE validity (
    version_id INTEGER NOT NULL, article_id TEXT NOT NULL,
    valid_from INTEGER NOT NULL, valid_to INTEGER);
CREATE INDEX validity_by_version ON validity (version_id);
CREATE INDEX validity_by_article ON validity (article_id);
{_CHUNKS}
CREATE TABLE vectors (
    input_hash TEXT NOT NULL, model TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (input_hash, model)) WITHOUT ROWID;
CREATE TABLE pending (chunk_id TEXT PRIMARY KEY) WITHOUT ROWID;
{_NEW_IN_2}
{_NEW_IN_3}
{_NEW_IN_4}
"""
_TO_2 = f"""
ALTER TABLE versions ADD COLUMN seal TEXT;
ALTER TABLE chunks RENAME TO chunks_1;
DROP INDEX chunks_by_version;
DROP INDEX chunks_by_input;
{_CHUNKS}
INSERT INTO chunks (chunk_id, version_id, start, "end", input_hash)
    SELECT chunk_id, version_id, start, "end", input_hash FROM chunks_1 ORDER BY version_id, start;
DROP TABLE chunks_1;
{_NEW_IN_2}
"""
_TO_3 = f"ALTER TABLE versions ADD COLUMN stated TEXT;{_NEW_IN_3}"
_UPGRADES = {1: _TO_2, 2: _TO_3, 3: _NEW_IN_4}


def create_tables(db: sqlite3.Connection) -> None:
    """Makes the tables of a new database, within the open transaction."""
    _run(db, _SCHEMA)


def upgrade_tables(db: sqlite3.Connection, schema: int) -> None:
    """Upgrades the tables from `schema` to `SCHEMA_VERSION`, within the open transaction."""
    for version in range(schema, SCHEMA_VERSION):
        _run(db, _UPGRADES[version])


def _run(db: sqlite3.Connection, script: str) -> None:
    # executescript would commit what is open.
    for statement in script.split(";"):
        if statement.strip():
            db.execute(statement)
