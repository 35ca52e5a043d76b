"""Decides yes-or-no questions by the words of sentences.

statements  what a question asks about, and its predicate
predicates  whether a sentence says the predicate, in these or other words
subjects    whether it says so of the subject that is asked about
left_open   whether it leaves open what it speaks of
verdicts    whether it says yes or no to the question
opposed     articles that say yes where others say no
"""
