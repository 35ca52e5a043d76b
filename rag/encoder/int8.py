"""Computes a transformer encoder in int8 with OpenVINO, where `byline tune` found that it gains.

It is made from the weights of the embedding model or the reader and kept in the user's cache
folder, with an account that tells what it was made from. Heavy libraries are imported when it is
made or loaded.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from platformdirs import user_cache_path

from rag.encoder.files import sha256_of
from rag.encoder.precision import has_bf16
from rag.errors import ModelError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    # What a transformer takes: token ids, attention mask and, if it has them, token types.
    Inputs = dict[str, torch.Tensor]
    # Computes the states of all tokens, float32.
    Encoder = Callable[[Inputs], torch.Tensor]

CACHE = user_cache_path("byline") / "int8"
_ACCOUNT, _GRAPH, _WEIGHTS = "account.json", "encoder.xml", "encoder.bin"
_FORMAT = 2
# Less gain is not worth results that are a little different.
_LEAST_SPEED, _LEAST_COSINE = 1.2, 0.99
_ROUNDS = 3

log = logging.getLogger(__name__)


class Trial(NamedTuple):
    """How many times as fast the int8 encoder was, and the mean cosine of the tokens' states."""

    speed: float
    cosine: float

    @property
    def gains(self) -> bool:
        return self.speed >= _LEAST_SPEED and self.cosine >= _LEAST_COSINE


def can_tune() -> bool:
    """Whether the libraries of the extra [fast] are installed."""
    return all(find_spec(library) is not None for library in ("openvino", "nncf"))


# ---------------------------------------------------------------- use


def tuned(key: str) -> Trial | None:
    """The trial of the int8 encoder that is kept for weights of that hash.

    None if there is none, if it is damaged, or if it was made for another processor.
    """
    folder = kept_folder(key)
    try:
        account = json.loads((folder / _ACCOUNT).read_text(encoding="utf-8"))
        whole = account["made_for"] == _made_for(key) and account["files"] == _hashes(folder)
        return Trial(**account["trial"]) if whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def kept_encoder(key: str) -> Encoder | None:
    """Loads the int8 encoder that is kept for weights of that hash, if there is a whole one."""
    if tuned(key) is None:
        return None
    try:
        return _compiled(kept_folder(key) / _GRAPH)
    except Exception as error:  # OpenVINO raises plain RuntimeErrors
        log.warning("The int8 encoder cannot be loaded: %s. Run: byline tune", error)
        return None


def kept_folder(key: str) -> Path:
    """Where the int8 encoder for weights of that hash is kept."""
    return CACHE / f"{key[:16]}-openvino-{_openvino_version()}"


def _made_for(key: str) -> dict[str, object]:
    """What an encoder must have been made for to be used here."""
    import torch

    return {
        "format": _FORMAT,
        "weights": key,
        "openvino": _openvino_version(),
        "processor": [torch.backends.cpu.get_cpu_capability(), _precision()],
    }


def _precision() -> str:
    """The precision of what is not computed in int8."""
    return "bf16" if has_bf16() else "f32"


def _openvino_version() -> str:
    try:
        return version("openvino")
    except PackageNotFoundError:
        return ""


def _hashes(folder: Path) -> dict[str, str]:
    return {name: sha256_of(folder / name) for name in (_GRAPH, _WEIGHTS)}


def torch_encoder(network: PreTrainedModel) -> Encoder:
    """The network's own encoder, computed by torch."""
    return lambda inputs: network.base_model(**inputs).last_hidden_state.float()


# ---------------------------------------------------------------- make


def tune(
    network: PreTrainedModel,
    today: Encoder,
    usual: Sequence[Inputs],
    trial_inputs: Sequence[Inputs],
    key: str,
) -> Trial:
    """Makes an int8 encoder, tries it, and keeps it if it gains.

    :param network: the encoder in float32, with or without heads; its weights have the hash `key`.
    :param today: the same encoder as it computes without int8.
    :param usual: inputs whose ranges of values are usual, one text or pair each.
    :param trial_inputs: other inputs, on which both are timed and compared.
    :raises ModelError: if it cannot be made or kept.
    """
    folder = kept_folder(key)
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=CACHE, prefix="new-") as temporary:
            new = Path(temporary) / "encoder"
            _make(network, usual, new)
            trial = tried(_compiled(new / _GRAPH), today, trial_inputs)
            shutil.rmtree(folder, ignore_errors=True)
            if trial.gains:
                _write_account(new, key, trial)
                new.replace(folder)
    except (OSError, RuntimeError) as error:
        raise ModelError(f"No int8 encoder can be made in {folder}: {error}") from error
    return trial


def tried(fast: Encoder, today: Encoder, inputs: Sequence[Inputs]) -> Trial:
    """Times both encoders in turn on the same inputs, after a first round, and compares them."""
    import torch

    def timed(encoder: Encoder) -> tuple[float, list[torch.Tensor]]:
        start = time.perf_counter()
        states = [encoder(item) for item in inputs]
        return time.perf_counter() - start, states

    with torch.inference_mode():
        timed(fast), timed(today)
        rounds = [(timed(fast), timed(today)) for _ in range(_ROUNDS)]
    (_, quick), (_, exact) = rounds[-1]
    cosines = [
        torch.nn.functional.cosine_similarity(one, other, dim=-1)[item["attention_mask"] > 0]
        for one, other, item in zip(quick, exact, inputs, strict=True)
    ]
    speed = median(today_s / fast_s for (fast_s, _), (today_s, _) in rounds)
    return Trial(speed, float(torch.cat(cosines).mean()))


def _write_account(folder: Path, key: str, trial: Trial) -> None:
    account: Mapping[str, object] = {
        "made_for": _made_for(key),
        "files": _hashes(folder),
        "trial": trial._asdict(),
    }
    (folder / _ACCOUNT).write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")


# ---------------------------------------------------------------- OpenVINO


def _compiled(graph: Path) -> Encoder:
    """The encoder of that file, on as many threads as torch computes with; safe to share."""
    import torch

    names, request, lock = *_request(graph, torch.get_num_threads()), threading.Lock()

    def encode(inputs: Inputs) -> torch.Tensor:
        with lock:
            request.infer({name: inputs[name].numpy() for name in names}, share_inputs=True)
            return torch.from_numpy(request.get_output_tensor(0).data.copy()).float()

    return encode


def _request(graph: Path, threads: int) -> tuple[list[str], Any]:
    """The names of the inputs, and what computes them."""
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads,
        # Several processes that are pinned to the same cores would wait for each other.
        "ENABLE_CPU_PINNING": False,
        "INFERENCE_PRECISION_HINT": _precision(),
    }
    compiled = _openvino().Core().compile_model(graph, "CPU", settings)
    return [item.get_any_name() for item in compiled.inputs], compiled.create_infer_request()


def _make(network: PreTrainedModel, inputs: Sequence[Inputs], folder: Path) -> None:
    """Converts the encoder, quantises it after the ranges that the inputs give, and writes it."""
    # NNCF writes messages and bars of progress to stdout, where results belong.
    with redirect_stdout(StringIO()):
        openvino = _openvino()
        import nncf

        graph = openvino.convert_model(_states_of(network), example_input=dict(inputs[0]))
        plain = [{name: value.numpy() for name, value in item.items()} for item in inputs]
        made = nncf.quantize(
            graph,
            nncf.Dataset(plain),
            model_type=nncf.ModelType.TRANSFORMER,
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(plain),
        )
        folder.mkdir()
        openvino.save_model(made, folder / _GRAPH, compress_to_fp16=False)


def _states_of(network: PreTrainedModel) -> torch.nn.Module:
    """The encoder as a module that gives the states alone."""
    import torch

    class States(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = network.base_model

        def forward(
            self,
            input_ids: torch.Tensor,
            attention_mask: torch.Tensor,
            token_type_ids: torch.Tensor | None = None,
        ) -> torch.Tensor:
            inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
            if token_type_ids is not None:
                inputs["token_type_ids"] = token_type_ids
            states: torch.Tensor = self.encoder(**inputs).last_hidden_state
            return states

    return States().eval()


def _openvino() -> Any:  # noqa: ANN401
    """OpenVINO, which reports nothing to its makers: without this library it sends usage data."""
    cast("dict[str, Any]", sys.modules).setdefault("openvino_telemetry", None)
    import openvino

    return openvino
