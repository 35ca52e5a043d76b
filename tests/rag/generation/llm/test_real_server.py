"""A real server of OpenAI's protocol, with a tiny model of random weights that writes nonsense."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from rag.errors import LLMError
from rag.generation.llm.providers import language_model
from rag.generation.llm.types import Message, Tokens

pytest.importorskip("llama_index.llms.openai_like")
if missing := [
    package for package in ("fastapi", "uvicorn", "accelerate") if not find_spec(package)
]:
    pytest.skip(f"the server needs {', '.join(missing)}", allow_module_level=True)

SAY = [Message("system", "Answer."), Message("user", "Who swam across the river?")]
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}
TEXT = (
    "the river rose and who swam across it was seen by all who stood on the bridge that day "
    "in march as the ferry left"
)
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }} {{ message['content'] }} {% endfor %}"
)


class Running(NamedTuple):
    """A server, and the model that it was started with."""

    url: str
    model: str


def tiny_model(folder: Path) -> None:
    """A language model of two small layers that comes to an end after a dozen words or so."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.decoders import ByteLevel as ByteLevelDecoder
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel
    from tokenizers.trainers import BpeTrainer
    from transformers import (
        GenerationConfig,
        LlamaConfig,
        LlamaForCausalLM,
        PreTrainedTokenizerFast,
    )

    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel()
    tokenizer.decoder = ByteLevelDecoder()
    trainer = BpeTrainer(
        vocab_size=320,
        special_tokens=["<end>"],
        initial_alphabet=ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", pad_token="<end>")
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(1)
    sizes = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
    }
    config = LlamaConfig(
        vocab_size=len(fast),
        max_position_embeddings=2048,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=0,
        **sizes,
    )
    model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(
        eos_token_id=0, pad_token_id=0, exponential_decay_length_penalty=(12, 3.0)
    )
    model.save_pretrained(folder)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("model")
    cache = tmp_path_factory.mktemp("cache")
    tiny_model(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "transformers.cli.transformers",
        "serve",
        str(folder),
        "--device",
        "cpu",
        "--port",
        str(port),
    ]
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_CACHE": str(cache),
        "OMP_NUM_THREADS": "1",
    }
    with (cache / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1"], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/health", process, cache / "log.txt")
            yield Running(f"http://127.0.0.1:{port}/v1", str(folder))
        finally:
            process.terminate()
            process.wait(20)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, limit_s: float = 300.0) -> None:
    before = time.monotonic()
    while time.monotonic() - before < limit_s:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                url, timeout=2
            ).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the server did not start: {log.read_text()[-2000:]}")


def test_a_reply_and_its_tokens(running: Running) -> None:
    """This server ignores `response_format`."""
    *pieces, tokens = language_model(f"{running.url}#{running.model}").stream(SAY, SCHEMA)
    assert len(pieces) > 1
    assert "".join(str(piece) for piece in pieces).strip()
    assert isinstance(tokens, Tokens)
    assert tokens.given > 10
    assert len(pieces) <= tokens.written < 200


def test_the_same_question_has_the_same_reply(running: Running) -> None:
    model = language_model(f"{running.url}#{running.model}")
    assert list(model.stream(SAY, SCHEMA)) == list(model.stream(SAY, SCHEMA))


def test_a_model_that_it_does_not_have(running: Running) -> None:
    with pytest.raises(LLMError, match="other") as caught:
        list(language_model(f"{running.url}#other").stream(SAY, SCHEMA))
    assert "requested 'other'" in caught.value.message


def test_a_wrong_address(running: Running) -> None:
    with pytest.raises(LLMError) as caught:
        list(language_model(f"{running.url}/elsewhere#{running.model}").stream(SAY, SCHEMA))
    assert "/v1" in caught.value.hint
