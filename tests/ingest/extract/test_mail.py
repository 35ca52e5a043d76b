from email.message import EmailMessage

import pytest

from ingest.extract.article import extract
from ingest.extract.mail import EML, MHTML
from rag.errors import SourceError
from rag.model import RawDocument

TEXT = "The harbour bridge opened on Monday after ten years of work.\n\nThe toll is 4.50 a car."
PAGE = (
    "<html><head><title>Bridge opens</title></head><body><article><h1>Bridge opens</h1>"
    "<p>The harbour bridge opened on Monday after ten years of work, the harbour board said.</p>"
    "</article></body></html>"
)


def article_of(data, media_type):
    return extract(RawDocument("papers", "a.eml", "a.eml", media_type, data))


def message(text, subtype="plain"):
    mail = EmailMessage()
    mail["Subject"] = "Brücke eröffnet"
    mail["From"] = "Norholm Gazette <news@gazette.example>"
    mail["Date"] = "Tue, 7 May 2019 23:30:00 +0200"
    mail.set_content(text, subtype=subtype)
    return mail


def test_a_message_becomes_an_article():
    article = article_of(message(TEXT).as_bytes(), EML)
    assert article.title == "Brücke eröffnet"
    assert (str(article.published)[:10], article.publisher) == ("2019-05-07", "Norholm Gazette")
    assert article.text == TEXT.replace("\n\n", "\n")


def test_html_is_preferred_to_plain_text():
    mail = message("See the HTML part, please, which has the article.")
    mail.add_alternative(f"<p>{TEXT[:60]}</p><p>The toll is 5.</p>", subtype="html")
    assert article_of(mail.as_bytes(), EML).text.endswith("work.\nThe toll is 5.")


def test_a_charset_that_does_not_exist_is_read_as_utf8():
    data = message(TEXT).as_bytes().replace(b'charset="utf-8"', b'charset="x-none"')
    assert "ten years" in article_of(data, EML).text


def test_a_page_saved_as_one_file():
    mail = EmailMessage()
    mail["From"] = "<Saved by Blink>"
    mail.set_content(PAGE, subtype="html")
    mail["Content-Location"] = "https://gazette.example/bridge"
    mail.add_related(b"GIF89a", maintype="image", subtype="gif")
    article = article_of(mail.as_bytes(), MHTML)
    assert article.title == "Bridge opens"
    assert article.text.startswith("The harbour bridge opened")


@pytest.mark.parametrize("media_type", [EML, MHTML])
@pytest.mark.parametrize("data", [b"no header at all", b"\xff\xfe\x00\x01", b"A: b\n\n"])
def test_what_is_not_mail_is_refused(data, media_type):
    with pytest.raises(SourceError):
        article_of(data, media_type)
