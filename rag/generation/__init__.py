"""Has a language model write statements that point at numbered sentences, and checks each of them.

Nothing that a model writes is shown before its quotes and its words have been checked.

- `writer`: question and passages to claims, one after the other
- `numbered_passages`: passages to numbered sentences; ids back to sentences
- `prompt_injection`: finds sentences of an article that instruct a language model
- `prompts`: all messages to a model, with a version
- `session`: the requests for one answer: cached replies, tokens
- `replies`: a reply, piece by piece, to statements
- `anthropic_citations`: a reply with Anthropic's own citations, in the usual form
- `claim_checker`: a statement to a claim, or the reason for rejecting it
- `llm/`: the language models people run, through llama-index
"""
