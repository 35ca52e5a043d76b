"""Finds the folder of a model and hashes its files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from rag.errors import ModelError


def model_folder(name: str, kind: str) -> Path:
    """The folder of that name, or the hub model of that name, fetched into the hub's cache.

    :raises ModelError: if there is neither; its message names the `kind` of model.
    """
    if (folder := Path(name).expanduser()).is_dir():
        return folder.resolve()
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.txt", "*.model"])
        )
    except Exception as error:
        raise ModelError(
            f"The {kind} {name!r} is neither a folder here nor to be had from the hub: {error}",
            hint=f"Give the path of a folder, or leave the {kind} out.",
        ) from error


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
