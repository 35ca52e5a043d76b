"""Reads an HTML page.

Modules: html_page (page to draft), tree (parsing, hidden elements), blocks (elements to blocks of
text), main_text (the article's blocks), region (where on the page the article stands),
structured_data (JSON-LD), metadata (title, authors, publisher), page_dates, not_article (front
pages, walls, errors), fragment (a piece of HTML).
"""
