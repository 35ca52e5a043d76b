"""Has a language model write statements about numbered sentences, and checks each of them.

Nothing that a model writes is shown before its quotes and its words have been checked.

- `writer`: asks the model and yields claims, one after the other
- `material`: the passages and quotes that were found for a question
- `numbered_passages`: the sentences that a model is shown, each with an id
- `prompts`: all messages to a model, with a version
- `session`: the requests for one answer: cached replies, tokens
- `replies`: reads statements from a reply, piece by piece
- `claim_checker`: makes a claim of a statement, or rejects it with a reason
- `evidence`: the fewest sentences that support a statement
- `selection`: which claims are shown, beside which quotes
- `llm/`: the language models people run, through llama-index
"""
