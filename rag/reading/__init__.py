"""Reads the passages of a question: ranks their sentences, finds short answers, says how sure.

span_model    an encoder with a span head, and the spans it finds
loading       where span models come from, and how they are saved
answer_types  how well a phrase looks like what is asked for
features      what the span model, words and retrieval say of each sentence
subjects      whether a sentence is about the subject asked for, or another of its article
reader        ranks the sentences and gives the chances, with fitted weights
weights       what weighed for and against each sentence
cascade       two readers as one: a stronger one reads the best passages again
short_forms   the short forms of names that an article explains
excerpt       which characters are quoted for a sentence
trained/      what ships: the span model, its card and the fitted weights
"""
