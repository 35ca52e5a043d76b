"""Finds the articles on a topic and chooses sentences of them.

articles_on  what a question is about, and the articles on it
coverage     sentences that together cover what the articles say
"""
