"""Measures what no gold set can: speed, load, growth, faults, and a language model that lies.

speed            Byline beside the plain LlamaIndex pipeline: time and retrieval
page             the chat page with many people at it
adversarial_llm  what a lying language model gets past the checks
injections       whether injected text of an article becomes an answer
scale            how an archive of made articles grows
faults           killed commands, hostile files, damaged archives
fabrications     the true and false statements that it makes
commands         `byline eval bench …`
"""
