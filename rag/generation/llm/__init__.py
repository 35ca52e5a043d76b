"""Reaches the language models that people run, through llama-index.

- `types`: messages, tokens, and the protocol of a language model
- `model_name`: `ollama:qwen3:8b` to provider, model and address
- `servers`: which models the servers of this machine have, and which one replies
- `providers`: the language model of a name, or around an LLM of llama-index
- `clients`: connects to a provider for one request
- `exceptions`: maps the exceptions of the providers' clients to ours
- `dialects`: what each provider's requests and replies look like
"""
