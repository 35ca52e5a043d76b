"""The commands of `byline`, each imported when the program starts and light until it runs.

fill (demo, ingest, reclean), ask (ask, search, chat), look (articles, stories, verify, doctor),
change (edit, remove, tune, feedback export), options (what several commands take, and what they
open with it).
"""
