"""Shapes in which feed readers, news interfaces and crawlers give articles as JSON."""

import json

import pytest

from ingest.extract.article import extract
from ingest.sources.documents import read_sources

TEXT = "The harbour bridge opened on Monday after ten years of work. The toll is 4.50 a car."
HTML = f"<p>{TEXT}</p>"
DAY, TIME, EPOCH = "2024-09-02", "2024-09-02T07:15:00Z", 1725261300
URL = "https://gazette.example/bridge"
GAZETTE = "Norholm Gazette"
READER_ITEM = {
    "title": "Bridge opens",
    "author": "Mara Holt",
    "origin": {"title": GAZETTE},
    "published": EPOCH,
}
SHAPES = {
    "guardian": {"response": {"results": [{
        "webTitle": "Bridge opens", "webUrl": URL, "webPublicationDate": TIME,
        "fields": {"body": HTML, "byline": "Mara Holt", "publication": GAZETTE}}]}},
    "nyt": {"response": {"docs": [{
        "headline": {"main": "Bridge opens"}, "byline": {"original": "By Mara Holt"},
        "pub_date": TIME, "web_url": URL, "source": GAZETTE, "lead_paragraph": TEXT}]}},
    "newsapi": {"articles": [{
        "title": f"Bridge opens - {GAZETTE}", "author": "Mara Holt", "url": URL,
        "publishedAt": TIME, "source": {"id": None, "name": GAZETTE},
        "content": f"{TEXT} Lorries pay fou… [+2829 chars]"}]},
    "gnews": {"articles": [{
        "title": "Bridge opens", "author": "Mara Holt", "url": URL, "publishedAt": TIME,
        "source": {"name": GAZETTE}, "content": f"{TEXT} Lorries pay ... [1203 chars]"}]},
    "feedly": {"items": [READER_ITEM | {
        "published": 1000 * EPOCH, "alternate": [{"href": URL}], "content": {"content": HTML}}]},
    "freshrss": {"items": [READER_ITEM | {
        "canonical": [{"href": URL}], "summary": {"content": HTML}}]},
    "wordpress": [{
        "title": {"rendered": "Bridge opens"}, "content": {"rendered": HTML}, "date": TIME,
        "link": URL, "author": 3, "publisher": GAZETTE,
        "_embedded": {"author": [{"id": 3, "name": "Mara Holt"}]}}],
    "ghost": {"db": [{"meta": {}, "data": {"posts": [{
        "title": "Bridge opens", "html": HTML, "published_at": TIME, "created_at": "2020-01-01",
        "url": URL, "author": "Mara Holt", "publisher": GAZETTE}]}}]},
    "wallabag": [{
        "title": "Bridge opens", "content": HTML, "created_at": "2025-01-01", "url": URL,
        "published_at": TIME, "published_by": ["Mara Holt"], "publisher": GAZETTE}],
    "event registry": {"articles": {"results": [{
        "title": "Bridge opens", "body": TEXT, "date": DAY, "url": URL,
        "source": {"title": GAZETTE}, "authors": [{"name": "Mara Holt"}]}]}},
    "mongo": [{
        "_id": {"$oid": "5f"}, "title": "Bridge opens", "body": TEXT, "date": {"$date": TIME},
        "url": URL, "author": "Mara Holt", "publisher": GAZETTE}],
    "goose": {
        "title": "Bridge opens", "cleaned_text": TEXT, "publish_date": TIME, "url": URL,
        "authors": ["Mara Holt"], "opengraph": {"site_name": GAZETTE}},
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_an_article_in_this_shape(tmp_path, name):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(SHAPES[name]))
    (document,) = read_sources([path], roots={})
    article = extract(document)
    assert (article.title, article.author, article.publisher, article.url) == (
        "Bridge opens",
        "Mara Holt",
        GAZETTE,
        URL,
    )
    assert str(article.published)[:10] == DAY
    assert article.text == TEXT


def test_an_article_with_comments_is_one(tmp_path):
    path = tmp_path / "one.json"
    comments = [{"title": "Re", "text": "I was there too, on the quay, at night."}] * 3
    path.write_text(json.dumps({"title": "Bridge opens", "text": TEXT, "comments": comments}))
    (document,) = read_sources([path], roots={})
    assert extract(document).text == TEXT


def test_a_refusal_names_the_keys_that_it_saw(tmp_path):
    path = tmp_path / "links.json"
    path.write_text(json.dumps({"list": {"17": {"resolved_title": "T", "excerpt": "E"}}}))
    (document,) = read_sources([path], roots={})
    with pytest.raises(Exception, match=r"list\.17"):
        extract(document)
