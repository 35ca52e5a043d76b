"""Checks whether a statement is supported by its quotes, by their words alone.

check         all checks, one after the other; the share of words in common
backing       a quote with its article, which a statement is checked against
quotations    direct speech, word for word
dates         dates and weekdays
numbers       numbers, in figures or words
names         names, in any of their forms
negation      denials and opposite words
items         names, numbers and dates as items that can change places
voice         who does what to whom, in the active voice and in the passive
entity_swaps  a name, number or date where the quote has a different one
"""
