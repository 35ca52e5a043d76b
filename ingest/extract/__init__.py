"""Extracts an article from a document; each format has a reader that makes a draft.

Modules: article (document to article), draft (what readers return), markdown, plain_text, headers
("KEY: value" lines at the head of a text), pdf, columns (the columns of a PDF's page), office
(.docx and .rtf), mail (.eml and .mhtml), rows (a JSON object), stated (what a user states of a
document), dates (written dates), dateline, addresses (URLs and hosts).
Folder: page (HTML).
"""
