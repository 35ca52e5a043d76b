"""Splits an article's text into sentences and chunks, as spans.

Modules: sentences (text to sentence spans), boundaries (where a sentence ends within a line),
chunks (sentences to passages for the embedder).
"""
