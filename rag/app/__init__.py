"""The faces of Byline: the command line, and the page in `chat`.

cli (the program), commands (what it can do), asking (questions on the command line), inputs
(questions and filters as typed), terminal (stdout and stderr), progress (of long runs), reports
(what commands did), library (the archive of the Python API), cite, export (of conversations),
shared_answers (kept for links), feedback (kept beside the archive), demo, tuning (of the reader).
"""
