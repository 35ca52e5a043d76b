"""Serves the page: at which address, for whom, and with what kept private.

Off this machine it needs a password. Uploads lie in a folder that only this user can read and that
goes with the server.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import BylineError, UsageError

if TYPE_CHECKING:
    from gradio.themes import ThemeClass

    from rag.app.chat.service import Service

# One limit for all queues; a program must not fill those of people.
_MOST_WAITING = 1_000
# Loading libraries blocks the interpreter for seconds. A page that is opened at once is painted
# first, and then asks for the models.
_FIRST_PAINT_S = 3.0
_HINT_AUTH = "Use --auth NAME:PASSWORD, or --auth FILE with lines of NAME:PASSWORD."


class PortTaken(BylineError):
    """The page cannot be served at that address."""

    code = "port"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the page is served; `port` 0 takes any that is free, `root_path` is that at a proxy.

    :raises UsageError: if it can be reached from other machines and has no password.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    root_path: str | None = None
    auth: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        try:
            loopback = ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            loopback = self.host.lower() == "localhost"
        if not self.auth and not loopback:
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
        """Middleware against DNS rebinding: another site that points its own name here.

        A password protects from that too, and behind a proxy the page has the proxy's name.
        """
        if self.auth or self.root_path is not None:
            return []
        from starlette.middleware import Middleware
        from starlette.middleware.trustedhost import TrustedHostMiddleware

        names = ["localhost", "127.0.0.1", self.name, self.name.strip("[]")]
        return [Middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False)]


def read_auth(given: str | None) -> tuple[tuple[str, str], ...]:
    """Reads names and passwords from `NAME:PASSWORD`, or from a file with a line for each.

    :raises UsageError: if there is no such file and no colon, or a name or password is empty.
    """
    if given is None:
        return ()
    path = None
    with suppress(OSError, RuntimeError, ValueError):  # a password may be what no path can be
        found = Path(given).expanduser()
        path = found if found.is_file() else None
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines() if path else [given]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{given} cannot be read: {error}", hint=_HINT_AUTH) from error
    pairs = [line.strip().partition(":") for line in lines if line.strip()]
    if not pairs or not all(name and password for name, _, password in pairs):
        raise UsageError("--auth has no name and password.", hint=_HINT_AUTH)
    return tuple((name, password) for name, _, password in pairs)


@contextmanager
def serving(service: Service, address: Address, *, mcp: bool = False) -> Iterator[str]:
    """Serves the page at the URL that is yielded, until the block ends.

    :raises PortTaken: if nothing can be served at that address.
    :raises UsageError: if it is to be an MCP server and cannot.
    """
    if mcp:
        _check_mcp(address)
    with tempfile.TemporaryDirectory(prefix="byline-chat-") as private:
        # gradio reads these when it is imported. Its statistics after each event, which nobody
        # sees, took 3 ms of the processor and more with each event.
        os.environ.update(
            GRADIO_TEMP_DIR=private,
            GRADIO_ANALYTICS_ENABLED="False",
            GRADIO_ANALYTICS_CACHE_FREQUENCY="1000000000",
            HF_HUB_DISABLE_TELEMETRY="1",
        )
        # gradio asks its own address whether it is up, which must not go through a proxy.
        without_proxy = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
        os.environ["no_proxy"] = f"{without_proxy},localhost,{address.name.strip('[]')}"
        from rag.app.chat.page import build
        from rag.app.chat.uploads import Limits

        blocks = build(service).queue(max_size=_MOST_WAITING, default_concurrency_limit=4)
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
                footer_links=[],
                pwa=False,
                mcp_server=mcp,
                app_kwargs={"middleware": address.guards},
                theme=_theme(),
                head=_head(),
            )
        except OSError as error:
            place = f"{address.name}:{address.port or 'any port'}"
            raise PortTaken(
                f"The page cannot be served at {place}: something else is there, or this machine"
                " has no such address.",
                hint="Choose another with --port or --host.",
            ) from error
        try:
            service.warm(after_s=_FIRST_PAINT_S)
            yield url
        finally:
            service.cancel_warming()
            blocks.close(verbose=False)
            service.removals.finish()
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
    """Style and script as they are; `css` would have gradio rewrite selectors, some wrongly."""
    folder = files("rag.app.chat") / "assets"
    style, script = (
        (folder / name).read_text(encoding="utf-8") for name in ("style.css", "chat.js")
    )
    return f"<style>{style}</style><script>{script}</script>"


def wait() -> None:
    """Waits until somebody presses Ctrl-C or ends the process, which is made the same."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Event().wait()


def _theme() -> ThemeClass:
    """A theme with fonts that every machine has: nothing is fetched."""
    import gradio as gr

    sans = "ui-sans-serif,system-ui,-apple-system,Segoe UI,Helvetica Neue,Arial,sans-serif"
    base = gr.themes.Base(
        primary_hue="teal",
        neutral_hue="stone",
        radius_size="md",
        font=sans.split(","),
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
