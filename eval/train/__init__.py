"""Fits what is fitted, from the command line: `python -m eval.train reader`, then `ranker`, then `calibrate`; `judge` measures a reader."""
