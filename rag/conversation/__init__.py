"""Turns a follow-up question and the turns before it into a question that stands alone.

turn        what one turn leaves behind
references  words that refer outside the question; fragments
context     what the last turns spoke of
rewrite     the question in full
"""
