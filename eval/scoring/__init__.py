"""Scores recorded answers against gold questions, and compares scored runs; needs no model.

answer          reads Answer JSON, of Byline or another system
outcome         what one question came to: an Answer or an error
matching        when a text covers a gold quote or contains an accepted answer
metrics         one metric a function, with formula and source
score           the values of every metric for one question, and for all of a run
stats           bootstrap intervals, paired tests, corrections
figures         figures over many questions, with their intervals
failure_stages  the stage of the chain at which each question ended
summary         a run in plain words: how many right, which to look at
compare         the verdict over two runs of the same questions
"""
