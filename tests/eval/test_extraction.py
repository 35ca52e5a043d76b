import gzip
import json

import pytest

from eval.extraction import figures, load_pages, lost_runs, run, tokens
from eval.scoring.metrics import overlap_f1
from rag.errors import UsageError
from tests.eval.conftest import Call

PARAGRAPHS = (
    "The harbour bridge opened on Monday after ten years of work, and the first car across was a "
    "milk van from the islands, which had waited on the quay since midnight.",
    "The toll is 4.50 a car, the harbour board said in a letter that was sent to every house of "
    "the town on the first of March, and lorries pay four times as much.",
    "“We have waited long enough,” said Ana Brook, who has sold fish on the quay since she was a "
    "girl of twelve, and whose stall stands below the bridge.",
)
ARTICLE = (
    '<html lang="en"><head><title>Bridge opens - Norholm Gazette</title>'
    '<meta property="og:site_name" content="Norholm Gazette">'
    '<meta property="article:published_time" content="2019-05-07T08:00:00+02:00"></head><body>'
    "<article><h1>Bridge opens</h1><p class=byline>By <a rel=author>Mara Holt</a></p>"
    f"{''.join(f'<p>{text}</p>' for text in PARAGRAPHS)}</article></body></html>"
)
NOT_FOUND = (
    "<html><head><title>404 - Page not found</title></head><body><h1>Page not found</h1>"
    "<p>Sorry, the page that you are looking for does not exist any more.</p></body></html>"
)
GOLD = (
    {"id": "a", "file": "own/a.html.gz", "url": None, "text": "\n".join(PARAGRAPHS),
     "title": "Bridge opens", "authors": ["Mara Holt"], "published": "2019-05-07",
     "publisher": "Norholm Gazette", "language": "en"},
    {"id": "b", "file": "own/b.html.gz", "url": None, "article": False, "language": "en"},
)  # fmt: skip


@pytest.fixture
def pages(tmp_path):
    (tmp_path / "own").mkdir()
    for gold, page in zip(GOLD, (ARTICLE, NOT_FOUND), strict=True):
        (tmp_path / gold["file"]).write_bytes(gzip.compress(page.encode()))
    (tmp_path / "own.jsonl").write_text("\n".join(map(json.dumps, GOLD)))
    return tmp_path


def test_f1_of_words():
    assert overlap_f1(tokens("The bridge opened."), tokens("the bridge, opened")) == 1.0
    # One of two words found is right, one of three gold words is found: 2 * 1 / (2 + 3).
    assert overlap_f1(["a", "x"], ["a", "b", "c"]) == pytest.approx(0.4)
    assert (overlap_f1([], []), overlap_f1([], ["a"])) == (1.0, 0.0)


def test_a_lost_run_has_eight_words():
    gold = [str(number) for number in range(20)]
    assert lost_runs(gold, gold[:12]) == (" ".join(gold[12:]),)
    assert lost_runs(gold, gold[:13]) == ()
    assert lost_runs(gold, gold[10:] + gold[:10]) == ()


def test_both_systems_read_the_same_pages(pages):
    seen = []
    scored = run(load_pages(pages), on_page=seen.append)
    assert [page.id for page in seen] == ["a", "b"]
    rows = {row.name: row for row in figures(scored)}
    assert list(scored) == ["Byline", "trafilatura"]
    assert rows["token F1, own"].pages == 1
    for name in ("token F1, own", "date right", "title right", "publisher right"):
        assert rows[name].values[0] == 1.0
    assert rows["pages that are not articles refused"].values[0] == 1.0
    assert rows["articles refused"].values == (0.0, 0.0)


def test_a_folder_without_sets(tmp_path):
    with pytest.raises(UsageError, match="no sets of pages"):
        list(load_pages(tmp_path))


def test_the_command_prints_both_systems(call: Call, pages):
    ran = call("extraction", "--pages", pages)
    assert ran.exit_code == 0, ran.output
    assert "trafilatura" in ran.output
    assert "date right" in ran.output
