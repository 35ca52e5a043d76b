"""Trains the span reader, and fits the weights that stand beside it.

commands      `byline eval train …`
data/         questions on passages to train on
reader        trains the span reader
trainer       its steps
objective     its loss
batches       which passages are read together
mean          the mean of several readers
judging       measures a reader on questions it was not trained on
questions/    fits what a question asks for
prompt_injections  fits how text that speaks to a language model is recognised
rivals        fits when different answers contradict each other
examples      questions as the reader sees them, labelled
fitting       fits weights to examples
ranker        fits all weights on reading comprehension data
calibrate     moves fitted weights towards half of some gold sets
weights       features of texts, logistic models, and weights as JSON
"""
