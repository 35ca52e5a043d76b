"""Fits what is fitted: the span reader first, then its weights and answer types, then calibration.

commands      `byline eval train …`
reader        trains the span reader
objective     its loss
batches       which passages are read together
data          reading comprehension data in the formats of SQuAD and SelQA
files         reads a file in whichever format it is
gold_reading  gold questions with their articles as such data
negatives     passages that look as if they answered
swaps         questions that look as if their passage answered them
mean          the mean of several readers' weights as one reader
ranker        fits how a sentence's features are weighed
answer_types  fits what answers to a question look like
calibrate     moves fitted weights towards half of some gold sets
judging       measures a reader on data that it was not trained on
"""
