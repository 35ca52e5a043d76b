"""Cleans what the readers extracted: characters, boilerplate lines, the parts of an article.

Modules: bounds (of size), characters (white space and Unicode), boilerplate (what one line is),
layout (title, standfirst, captions and headings by their place).
"""
