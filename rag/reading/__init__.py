"""Reads the passages of a question: which sentences answer it, with which words, and how sure that is.

spans      an encoder with a span head: question and passages in, log odds of every start and end out
models     where such an encoder comes from: shipped with Byline, a folder, or a hub
evidence   what the span model, the words and the retrieval say of each sentence
reader     the sentences ranked, the chance that none answers, and the confidence in the best; the weights are fitted
trained/   what ships: the span model, its card, and the fitted weights
"""
