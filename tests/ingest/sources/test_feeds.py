import pytest

from ingest.sources.feeds import read_feed
from rag.errors import SourceError

RSS = b"""<?xml version="1.0"?><rss version="2.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Norholm Gazette</title>
<item><title>Fares rise</title><link>https://gazette.example/fares</link>
<pubDate>Tue, 07 May 2019 08:00:00 GMT</pubDate><dc:creator>Mara Holt</dc:creator>
<description>A summary.</description>
<content:encoded><![CDATA[<p>A ticket costs nine crowns.</p>]]></content:encoded></item>
<item><title>Only a summary</title><description>Short.</description></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Norholm Gazette</title>
<entry><title>Fares rise</title><link rel="self" href="https://gazette.example/feed"/>
<link href="https://gazette.example/fares"/><author><name>Mara Holt</name></author>
<published>2019-05-07T08:00:00Z</published><updated>2019-05-08T08:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>A ticket costs nine.</p></div>
</content></entry></feed>"""


def test_rss():
    first, second = read_feed(RSS)
    assert first == {
        "publisher": "Norholm Gazette",
        "title": "Fares rise",
        "url": "https://gazette.example/fares",
        "published": "Tue, 07 May 2019 08:00:00 GMT",
        "author": "Mara Holt",
        "content": "<p>A ticket costs nine crowns.</p>",
    }
    assert second["summary"] == "Short."
    assert "content" not in second


def test_atom():
    (entry,) = read_feed(ATOM)
    assert (entry["url"], entry["author"]) == ("https://gazette.example/fares", "Mara Holt")
    assert (entry["published"][:10], entry["updated"][:10]) == ("2019-05-07", "2019-05-08")
    assert "<p>A ticket costs nine.</p>" in entry["content"]


@pytest.mark.parametrize("data", [b"", b"not xml", b"<html><p>no feed</p></html>"])
def test_what_is_not_a_feed_is_refused(data):
    with pytest.raises(SourceError):
        list(read_feed(data))
