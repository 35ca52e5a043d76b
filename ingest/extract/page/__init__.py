"""Reads an HTML page.

Modules: html_page (page to draft), tree (parsing, hidden elements), blocks (elements to blocks of
text), main_text (the article's blocks), fragment (a piece of HTML).
"""
