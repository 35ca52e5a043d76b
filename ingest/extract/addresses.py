"""Reads web addresses: the publisher's host of a URL."""

from __future__ import annotations

from urllib.parse import urlsplit

# First labels of a host that are not part of the outlet's name.
_NOT_THE_OUTLET = frozenset(
    "www www2 m mobile amp edition en ar fr de es it pt ru uk us tr fa zh ja".split()
)


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
