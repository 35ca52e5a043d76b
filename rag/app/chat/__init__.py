"""The page of `byline chat`, and the endpoints that it offers to programs.

Served: server (address, password), page (events to handlers), layout (the components), service
(archive and engine), api (endpoints for programs), workers (threads).
Asking: handlers (its events), conversations (what a browser keeps), messages (an answer as
Markdown), sources (the panel of quotes), sample_questions (to click on).
Articles: article_handlers (its events), library (the list), uploads (files added and removed),
evaluation (the latest report).
"""
