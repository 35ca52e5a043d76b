"""Shows an Answer to people: first it is laid out, then written for where it goes.

words (dates, filters, links in words; harmless text), cards (words of an article with facts about
it), scripts (of which scripts the letters of a name are), layout (an Answer as a `Page`, by the
kind of its question), terminal, markdown, reasons (why an answer is what it is).
"""
