"""Decides yes-or-no questions by the words of sentences.

verdicts  whether a sentence says yes or no to a question
opposed   articles that say yes where others say no
"""
