"""Serves the page: where it listens, who may come in, what stays private.

In go a service and an address; it runs until it is stopped. Off loopback it asks for a name and a password; uploads lie in a folder of
their own that only this user can read and that goes with the server; nothing is reported to anybody.
"""

from __future__ import annotations

import ipaddress
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import BylineError, UsageError

if TYPE_CHECKING:
    from gradio.themes import ThemeClass

    from rag.app.chat.service import Service

_LOOPBACK_NAMES = {"localhost"}
_MOST_WAITING = 64
_HINT_AUTH = "Say --auth NAME:PASSWORD, or --auth FILE with lines of NAME:PASSWORD."


class PortTaken(BylineError):
    """The page cannot be served at that address."""

    code = "port"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the page is served; `port` 0 takes any that is free, `root_path` is the path at a proxy."""

    host: str = "127.0.0.1"
    port: int = 7860
    root_path: str | None = None
    auth: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not self.auth and not _is_loopback(self.host):
            raise UsageError(f"{self.host} can be reached from other machines, so a password is needed.", hint=_HINT_AUTH)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in _LOOPBACK_NAMES


def read_auth(given: str | None) -> tuple[tuple[str, str], ...]:
    """Names and passwords, from `NAME:PASSWORD` or from a file with a line for each.

    :raises UsageError: if there is no such file and no colon, or a name or password is empty.
    """
    if given is None:
        return ()
    path = Path(given).expanduser()
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else [given]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{given} cannot be read: {error}", hint=_HINT_AUTH) from error
    pairs = [line.strip().partition(":") for line in lines if line.strip()]
    if not pairs or not all(name and password for name, _, password in pairs):
        raise UsageError("--auth has no name and password.", hint=_HINT_AUTH)
    return tuple((name, password) for name, _, password in pairs)


@contextmanager
def serving(service: Service, address: Address, *, runs: Path, mcp: bool = False) -> Iterator[str]:
    """The page is up at the URL that is given until the block ends; models load meanwhile.

    :raises PortTaken: if nothing can be served at that address.
    """
    with tempfile.TemporaryDirectory(prefix="byline-chat-") as private:
        # gradio reads these when it is imported.
        os.environ.update(GRADIO_TEMP_DIR=private, GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1")
        from rag.app.chat.page import build
        from rag.app.chat.uploads import Limits

        blocks = build(service, runs=runs).queue(max_size=_MOST_WAITING, default_concurrency_limit=4)
        try:
            _, url, _ = blocks.launch(
                server_name=address.host,
                server_port=address.port or None,
                root_path=address.root_path,
                auth=list(address.auth) or None,
                max_file_size=Limits().max_bytes,
                prevent_thread_lock=True,
                quiet=True,
                share=False,
                ssr_mode=False,
                strict_cors=True,
                enable_monitoring=False,
                footer_links=["api"],
                pwa=False,
                mcp_server=mcp,
                theme=_theme(),
                head=_head(),
            )
        except OSError as error:
            raise PortTaken(
                f"The page cannot be served at {address.host}:{address.port}: {error}", hint="Say another with --port."
            ) from error
        try:
            service.warm()
            yield url
        finally:
            blocks.close(verbose=False)
            service.archive.close()


def _head() -> str:
    """Style and script as they are: given as `css`, gradio would rewrite every selector, and those with commas wrongly."""
    assets = files("rag.app.chat")
    style, script = ((assets / name).read_text(encoding="utf-8") for name in ("style.css", "chat.js"))
    return f"<style>{style}</style><script>{script}</script>"


def wait() -> None:
    """Until somebody presses Ctrl-C."""
    threading.Event().wait()


def _theme() -> ThemeClass:
    """Fonts that are on every machine: nothing is fetched."""
    import gradio as gr

    sans = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Helvetica Neue", "Arial", "sans-serif"]
    base = gr.themes.Base(primary_hue="teal", neutral_hue="stone", radius_size="md", font=sans, font_mono=["ui-monospace", "monospace"])
    # The accent of the style sheet; gradio's own is too pale to read on white.
    return base.set(
        color_accent="*primary_700",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
    )
