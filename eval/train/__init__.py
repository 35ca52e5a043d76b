"""Fits what is fitted, from the command line: `python -m eval.train ranker` and `python -m eval.train reader`."""
