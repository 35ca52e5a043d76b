"""Serves the page: where it listens, who may come in, what stays private.

In go a service and an address; it runs until it is stopped. Off loopback it asks for a name and a password; uploads lie in a folder of
their own that only this user can read and that goes with the server; nothing is reported to anybody.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import BylineError, UsageError

if TYPE_CHECKING:
    from gradio.themes import ThemeClass

    from rag.app.chat.service import Service

_LOOPBACK_NAMES = {"localhost"}
_MOST_WAITING = 64
# Loading libraries keeps the interpreter to itself for seconds. A page that opens at once is painted first, and then asks for the models.
_FIRST_PAINT_S = 3.0
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
            raise UsageError(
                f"{self.host} can be reached from other machines, so a password is needed.",
                hint=_HINT_AUTH,
            )

    @property
    def name(self) -> str:
        """The host as a URL has it."""
        return f"[{self.host}]" if ":" in self.host and not self.host.startswith("[") else self.host

    @property
    def guards(self) -> list[Any]:
        """What keeps a page of another site from reading this one under a name of its own that it points here (DNS rebinding).

        A password does that too, and at a proxy the page has the proxy's name.
        """
        if self.auth or self.root_path is not None:
            return []
        from starlette.middleware import Middleware
        from starlette.middleware.trustedhost import TrustedHostMiddleware

        names = ["localhost", "127.0.0.1", self.name, self.name.strip("[]")]
        return [Middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False)]


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
    path = _file(given)
    try:
        lines = [given] if path is None else path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint=_HINT_AUTH) from error
    pairs = [line.strip().partition(":") for line in lines if line.strip()]
    if not pairs or not all(name and password for name, _, password in pairs):
        raise UsageError("--auth has no name and password.", hint=_HINT_AUTH)
    return tuple((name, password) for name, _, password in pairs)


def _file(given: str) -> Path | None:
    """The file of that name, if there is one: a password may be what no path can be."""
    try:
        path = Path(given).expanduser()
        return path if path.is_file() else None
    except (OSError, RuntimeError):
        return None


@contextmanager
def serving(service: Service, address: Address, *, runs: Path, mcp: bool = False) -> Iterator[str]:
    """The page is up at the URL that is given until the block ends; models load meanwhile.

    :raises PortTaken: if nothing can be served at that address.
    :raises UsageError: if it is to be an MCP server and cannot.
    """
    if mcp:
        _check_mcp(address)
    with tempfile.TemporaryDirectory(prefix="byline-chat-") as private:
        # gradio reads these when it is imported.
        os.environ.update(
            GRADIO_TEMP_DIR=private, GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1"
        )
        # It asks itself whether it is up, which no proxy could tell.
        without_proxy = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
        os.environ["no_proxy"] = f"{without_proxy},localhost,{address.name.strip('[]')}"
        from rag.app.chat.page import build
        from rag.app.chat.uploads import Limits

        blocks = build(service, runs=runs).queue(
            max_size=_MOST_WAITING, default_concurrency_limit=4
        )
        try:
            _, url, _ = blocks.launch(
                server_name=address.name,
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
                app_kwargs={"middleware": address.guards},
                theme=_theme(),
                head=_head(),
            )
        except OSError as error:
            place = f"{address.name}:{address.port or 'any port'}"
            raise PortTaken(
                f"The page cannot be served at {place}: something else is there, or this machine has no such address.",
                hint="Say another with --port or --host.",
            ) from error
        try:
            service.warm(after_s=_FIRST_PAINT_S)
            yield url
        finally:
            service.cancel_warming()
            blocks.close(verbose=False)
            service.archive.close()


def _check_mcp(address: Address) -> None:
    if find_spec("mcp") is None:
        raise UsageError(
            "--mcp needs a package that is not installed.",
            hint="Install it with: pip install 'byline[mcp]'",
        )
    if address.auth:
        # gradio's tools call the page itself, and cannot log in there.
        raise UsageError(
            "--mcp and --auth do not go together: the tools cannot give a password.",
            hint="Serve MCP on 127.0.0.1, without --auth.",
        )


def _head() -> str:
    """Style and script as they are: given as `css`, gradio would rewrite every selector, and those with commas wrongly."""
    assets = files("rag.app.chat")
    style, script = (
        (assets / name).read_text(encoding="utf-8") for name in ("style.css", "chat.js")
    )
    return f"<style>{style}</style><script>{script}</script>"


def wait() -> None:
    """Until somebody presses Ctrl-C or ends the process, which is the same: the uploads are to go with it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Event().wait()


def _theme() -> ThemeClass:
    """Fonts that are on every machine: nothing is fetched."""
    import gradio as gr

    sans = [
        "ui-sans-serif",
        "system-ui",
        "-apple-system",
        "Segoe UI",
        "Helvetica Neue",
        "Arial",
        "sans-serif",
    ]
    base = gr.themes.Base(
        primary_hue="teal",
        neutral_hue="stone",
        radius_size="md",
        font=sans,
        font_mono=["ui-monospace", "monospace"],
    )
    # The accent of the style sheet; gradio's own colours are too pale to read (WCAG 2.2, 1.4.3).
    return base.set(
        color_accent="*primary_700",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        input_placeholder_color="*neutral_600",
        input_placeholder_color_dark="*neutral_300",
    )
