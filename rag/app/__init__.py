"""The faces of Byline: command line and rendering. The only place of `rag` that knows `ingest` and `eval`."""
