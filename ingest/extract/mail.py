"""Reads a mail message (.eml), or a page that a browser saved as one (.mhtml)."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr

from ingest.clean.bounds import check_count
from ingest.clean.characters import normalize, one_line
from ingest.extract.addresses import web_address
from ingest.extract.dates import parse_date
from ingest.extract.draft import Draft, Line
from ingest.extract.page.fragment import read_fragment
from ingest.extract.page.html_page import read_page
from ingest.extract.plain_text import paragraphs
from rag.errors import SourceError

LARGEST_MAIL, _MOST_LINES = 32 * 2**20, 1_000_000
EML, MHTML = "message/rfc822", "multipart/related"


def read_mail(data: bytes) -> Draft:
    """Reads a message: its subject, sender and date are title, publisher and publication.

    :raises SourceError: if it has no text.
    """
    message = _parse(data)
    part = message.get_body(preferencelist=("html", "plain"))
    if not isinstance(part, EmailMessage):
        raise SourceError("is a message without text")
    text = _content(part)
    lines = (
        read_fragment(text)
        if part.get_content_subtype() == "html"
        else tuple(Line(paragraph) for paragraph in paragraphs(normalize(text)))
    )
    name, address = parseaddr(str(message.get("from", "")))
    return Draft(
        lines,
        title=one_line(str(message.get("subject", ""))) or None,
        publisher=one_line(name) or address.rpartition("@")[2] or None,
        published=parse_date(str(message.get("date", ""))),
    )


def read_saved_page(data: bytes) -> Draft:
    """Reads the page in an .mhtml file.

    :raises SourceError: if there is none.
    """
    message = _parse(data)
    for part in message.walk():
        if isinstance(part, EmailMessage) and part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            url = web_address(str(part.get("content-location", "")))
            if isinstance(content, bytes):
                return read_page(content, url=url)
    raise SourceError("is a saved page without HTML in it")


def _parse(data: bytes) -> EmailMessage:
    if len(data) > LARGEST_MAIL:
        raise SourceError(f"is a message of more than {LARGEST_MAIL // 2**20} MiB")
    check_count(data, "\n", _MOST_LINES, "lines")
    message = BytesParser(policy=policy.default).parsebytes(data)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise SourceError("is not a mail message")
    return message


def _content(part: EmailMessage) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
