"""Answers questions about the archive and about Byline, from the database: no passage is read.

archive         how many articles, from whom, from when, and what about
largest_topics  the articles grouped by what they are about
help            greetings, and what can be asked
examples        example questions that the articles answer
"""
