"""What all tests share: hypothesis without a clock, since the machines that run this are slow at
times, and a Ctrl-C that is heard.
"""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

settings.register_profile("byline", deadline=None, max_examples=60)
settings.load_profile("byline")

# A shell has what it starts in the background ignore it, programs that tests start and interrupt
# with it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def impatient_writers(monkeypatch):
    """Whoever finds an archive busy is told so at once, rather than after half a minute."""
    monkeypatch.setattr("rag.store.writer.PATIENCE_S", 0.5)


@pytest.fixture(autouse=True)
def untuned(monkeypatch, tmp_path):
    """What `byline tune` made on this machine is left alone."""
    monkeypatch.setattr("rag.encoder.int8.CACHE", tmp_path / "no-cache")
