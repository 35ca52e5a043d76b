"""A language model's part: it writes statements and points at sentences; what it says is checked before anybody sees it.

talk.py       messages, tokens, the shape of a model
names.py      `ollama:qwen3:8b` -> provider, model, address
providers.py  the models people run, through llama-index; what goes wrong, in words for people
prices.py     what tokens cost, where it is known
numbered.py   passages -> numbered sentences, and ids -> sentences again
orders.py     sentences of an article that speak to a model
prompts.py    everything a model is told, with a version
replies.py    a reply, piece by piece -> drafted statements
checking.py   a drafted statement -> a claim with exact quotes, or the reason for leaving it out
session.py    one answer's requests: kept replies, retries, tokens
writer.py     question and passages -> claims, one after the other
"""
