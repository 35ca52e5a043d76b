"""Answers each kind of question in the form that fits it.

kinds                which kind of answer a question asks for, and how certain that is
cues                 what in a question's words tells its kind
question_kinds.json  the fitted weights, with an account of what they were fitted on
"""
