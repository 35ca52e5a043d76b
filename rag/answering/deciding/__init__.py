"""Decides yes-or-no questions by the words of sentences.

verdicts  whether a sentence says yes or no to a question
subjects  whether it says so of the subject that is asked about
opposed   articles that say yes where others say no
"""
