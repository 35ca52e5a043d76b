"""Writes the page's own HTML. Every word of an article or of a person is cleaned and escaped.

markup (escaping, icons, buttons), front (the opening), turns (questions with their answers),
source_cards (the quotes beside an answer), reader (one whole article), reasons (why this answer),
article_list (the Articles tab), conversation_list (the bar at the left).
"""
