"""Describes what a run was made with: settings, code, packages and machine."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from eval.gold.questions import GoldQuestion, gold_hash
from eval.scoring.stats import SEED

SCHEMA = 1
_PACKAGES = (
    "byline",
    "chromadb",
    "llama-index-core",
    "numpy",
    "nupunkt",
    "sentence-transformers",
    "tantivy",
    "torch",
    "transformers",
)
_ROOT = Path(__file__).resolve().parents[2]
_CODE = ("rag", "ingest", "eval")


def make_manifest(
    name: str,
    gold: Sequence[GoldQuestion],
    *,
    system: str,
    settings: Mapping[str, object],
    archive: Mapping[str, object],
) -> dict[str, Any]:
    """The manifest of a run that begins now, as plain JSON values.

    :param archive: what the questions are asked of; may be empty.
    """
    return {
        "schema": SCHEMA,
        "name": name,
        "system": system,
        "settings": dict(settings),
        "gold": gold_hash(gold),
        "questions": len(gold),
        "archive": dict(archive),
        "packages": packages(),
        "commit": commit(),
        "machine": {"cpu": _cpu(), "cores": os.cpu_count(), "system": platform.system()},
        "seed": SEED,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def packages() -> dict[str, str]:
    """The versions of Python and of the packages that can change an answer."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def commit() -> str | None:
    """The commit of the checkout that this code stands in; `None` outside of one.

    `+` and ten digits over the code follow where files differ from the commit, so that two states
    of uncommitted work differ.
    """
    if _git("rev-parse", "--show-toplevel") != str(_ROOT):
        return None
    head = _git("rev-parse", "HEAD")
    changed = _git("status", "--porcelain", "--", *_CODE)
    return f"{head}+{code_hash(*_CODE)[:10]}" if head and changed else head


def code_hash(*packages: str) -> str:
    """SHA-256 in hex over the Python modules and JSON files of these packages of ours."""
    digest = hashlib.sha256()
    for package in packages:
        for path in sorted((_ROOT / package).rglob("*")):
            if path.suffix in (".py", ".json") and path.is_file():
                name = path.relative_to(_ROOT).as_posix()
                digest.update(f"{name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(_ROOT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
