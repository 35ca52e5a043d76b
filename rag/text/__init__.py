"""Reads text and judges nothing: tokens, numbers, dates and names, with their offsets. English.

word_lists  the word lists in `data/`
terms       words and stems; stop words
tokens      tokens with offsets, sentences, forms of a word
dated_names  names with a day or month in them: "Theresa May"
dates       dates, weekdays, "yesterday"
numbers     numbers in figures or words, with what they count
names       runs of capitalised words, titles, places
persons     persons or things, "he" or "she"
changes     what a text says has risen or fallen
person_roles  what texts call a person, and whose role that is
speakers    who says each sentence of an article
verbs       the plain form of a verb
phrases     noun phrases; small words of questions
languages   whether a question is in another language
publishers  the names that people use for a publisher
prompt_injection  text that speaks to a language model
"""
