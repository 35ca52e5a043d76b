"""Reads web addresses: the publisher's host, and the address behind an archived copy."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# First labels of a host that are not part of the outlet's name.
_NOT_THE_OUTLET = frozenset(
    "www www2 m mobile amp edition en ar fr de es it pt ru uk us tr fa zh ja".split()
)
_ADDRESS = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
_ARCHIVED = re.compile(
    r"https?://(?:web\.archive\.org/web|archive\.(?:today|ph|is|org)/web|webcache\.[\w.]+/\w+|"
    r"wayback\.[\w.-]+/\w+)/\d{4,14}[a-z_]*/(?P<address>\S+)",
    re.IGNORECASE,
)


def web_address(text: object) -> str | None:
    """Returns the text if it is a web address, of an archived copy the original's; else None.

    >>> web_address("https://web.archive.org/web/20240903101010/https://courier.example/a")
    'https://courier.example/a'
    """
    if not isinstance(text, str) or not _ADDRESS.fullmatch(text.strip()):
        return None
    address = text.strip()
    if archived := _ARCHIVED.fullmatch(address):
        original = archived["address"]
        return original if _ADDRESS.fullmatch(original) else f"http://{original}"
    return address


def same_address(one: str, other: str) -> bool:
    """Compares two addresses without scheme, www, query, fragment and closing slash."""
    return _essence(one) == _essence(other)


def host_of(url: str | None) -> str | None:
    """Returns the readable host of an address, without www, language or port.

    >>> host_of("https://en.courier.example/a"), host_of("https://www.courier.example:8080/")
    ('courier.example', 'courier.example')
    """
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        return None
    labels = host.split(".")
    while len(labels) > 2 and labels[0] in _NOT_THE_OUTLET:
        labels = labels[1:]
    return ".".join(labels) or None


def _essence(url: str) -> str:
    try:
        parts = urlsplit(web_address(url) or url)
    except ValueError:
        return url
    path = parts.path.rstrip("/").removesuffix("/amp").removesuffix("/index.html")
    return f"{(parts.hostname or '').removeprefix('www.')}{path}".casefold()
