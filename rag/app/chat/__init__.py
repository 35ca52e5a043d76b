"""The page of `byline chat`, and the endpoints that it offers to programs.

Served: server (address, password), page (events to handlers), layout (the components), service
(archive and engine), api (endpoints for programs), workers (threads).
Asking: asking (its events), conversation_handlers (events of conversations and answers), shown
(what depends on them), conversations (what a browser keeps), good_questions (to begin with).
Articles: article_handlers (their events), library (found, sorted, counted), uploads (files added),
removals (removed after a while to undo it).
Written: views (the page's own HTML), assets (its style and its script).
"""
