"""Finds the passages that may answer a question.

- `retrieve`: dense and lexical search, filtered, in one revision of the archive
- `screening`: leaves out what speaks to a language model
- `spelling`: corrects words of a question that are one letter off
- `fusion`: fuses rankings by reciprocal rank
- `rerank`: reorders passages with a cross-encoder
"""
