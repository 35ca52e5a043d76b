"""The faces of Byline: the command line, and the page in `chat`.

cli (the commands), inputs (questions and filters as typed), terminal (stdout and stderr), progress
(of long runs), render (answers as text and Markdown), reports (what commands did), cite, export (of
conversations), feedback (kept beside the archive), demo, answers (reading Answer JSON).
"""
