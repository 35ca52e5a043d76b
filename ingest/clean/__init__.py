"""Cleans what the readers extracted: characters, boilerplate lines, the parts of an article.

Modules: characters (white space and Unicode), boilerplate (what one line is), layout (title,
standfirst, captions and headings by their place).
"""
