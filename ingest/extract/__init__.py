"""Extracts an article from a document; each format has a reader that makes a draft.

Modules: article (document to article), draft (what readers return), html_page (a whole page),
html_fragment (a piece of HTML), markdown, plain_text, pdf, rows (a JSON object), dates (written
dates), addresses (URLs and hosts).
"""
