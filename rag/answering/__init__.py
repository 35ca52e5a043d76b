"""Answers each kind of question in the form that fits it.

kinds       which kind of answer a question asks for, and how certain that is
cues        what in a question's words tells its kind
findings    what a way of answering gets, and what it yields
methods     which way belongs to which kind
fact        a single fact: the sentences that answer best
amount      figures that stand for different things
list_items  every item, from as many articles as it takes
compare     two things side by side
many_parts  several questions in one
yes_no      the deciding sentence, and a verdict
speech      what somebody said on something
brief       the main points of a topic
timeline    dated sentences in order of time
articles    a list of articles
limits      why there is no answer, where it is not that the articles do not say
deciding/   whether sentences say yes or no, and articles that decide differently
asked/      what a question counts, compares or asks for in several parts
topics/     the articles on a topic, and sentences that cover them
about/      the archive itself, and what can be asked

`question_kinds.json` has the fitted weights, with an account of what they were fitted on.
"""
