"""Reads and makes the questions on passages that the span reader is trained on; no model is used.

sets            the questions and passages of one file
files           a file in whichever format it is
formats         SQuAD and SelQA
gold_questions  gold questions with their articles
summaries       questions made of summary sentences, and their passages
cloze           a sentence turned into a question
usage           what the names and verbs of articles are, by how they are used
mixture         how much of each file is used
windows         parts of passages
negatives       passages that look as if they answer
swaps           questions changed so that their passage does not answer them
"""
