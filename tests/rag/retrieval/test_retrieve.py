"""Laws 6 and 7: which versions and dates may answer, however they are searched; and what fusion and
spans promise.
"""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ArchiveDamaged
from rag.model import Filters, PartialDate, Query, Sentence, sentences_within
from rag.retrieval.fusion import fuse
from rag.retrieval.retrieve import retrieve
from rag.store.archive import open_archive
from rag.store.lexical_index import LexicalIndex
from rag.store.vector_index import VectorIndex
from rag.store.writer import ArchiveWriter
from tests.fakes import HashingEmbedder, entry, fill

NOW = 1_730_000_000  # 2024-10-27
SEEN = "2024-10-27"


def report(source, *, published=None, publisher=None, updated=None, word="calm"):
    name = source.removesuffix(".txt")
    text = f"The harbour of {name} was {word} on that day. Ferries ran to the islands and back."
    return entry(
        source,
        text,
        title="Harbour report",
        published=published,
        publisher=publisher,
        updated=updated,
    )


DATED = {
    "year.txt": "2024",
    "month.txt": "2024-03",
    "day.txt": "2024-03-10",
    "evening.txt": "2024-03-10T22:30:00Z",
    "next.txt": "2024-03-11",
    "old.txt": "2019-12-31",
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Six dated articles, two undated ones, one that was updated twice."""
    made = open_archive(
        tmp_path_factory.mktemp("retrieve") / "archive", create=True, embedder=HashingEmbedder()
    )
    with ArchiveWriter(made, now=lambda: NOW) as writer:
        writer.add([report(name, published=date) for name, date in DATED.items()])
        writer.add(
            [
                report("undated.txt", publisher="Dell Courier"),
                report("café.txt", publisher="CAFÉ Süd", published="2024-05-05"),
            ]
        )
        for n, updated in enumerate((None, "2024-06-01", "2024-07-01T12:00:00Z")):
            writer.add(
                [
                    report(
                        "toll.txt",
                        published="2024-05-01",
                        updated=updated,
                        word=f"loud {n}",
                        publisher="Dell Courier",
                    )
                ]
            )
    return made


@pytest.fixture(params=["exact", "over-fetched"])
def way(request, monkeypatch):
    """Both ways to search under a filter have to find the same."""
    if request.param == "over-fetched":
        monkeypatch.setattr("rag.retrieval.retrieve._Chosen.narrow", False)


def found(archive, text="harbour report", *, k=100, **filters):
    dates = {
        name: PartialDate.parse(filters.pop(name))
        for name in ("since", "until", "as_of")
        if name in filters
    }
    return retrieve(archive, Query(text, Filters(**dates, **filters), k=k))


def sources(archive, **filters):
    hits = found(archive, **filters).hits
    assert len({hit.article.source for hit in hits}) == len(hits), "one version of each"
    return {hit.article.source for hit in hits}


EVERYTHING = {*DATED, "undated.txt", "café.txt", "toll.txt"}


def test_without_filters_every_article_answers_once(archive, way):
    assert sources(archive) == EVERYTHING
    assert found(archive).undated == 0


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (
            {"since": "2024-03-10"},
            {"year.txt", "month.txt", "day.txt", "evening.txt", "next.txt", "café.txt", "toll.txt"},
        ),
        ({"since": "2024-03-11"}, {"year.txt", "month.txt", "next.txt", "café.txt", "toll.txt"}),
        ({"since": "2024-04"}, {"year.txt", "café.txt", "toll.txt"}),
        ({"until": "2024-03-10"}, {"year.txt", "month.txt", "day.txt", "evening.txt", "old.txt"}),
        ({"until": "2024-03-09"}, {"year.txt", "month.txt", "old.txt"}),
        ({"until": "2024-03-10T22:29:59Z"}, {"year.txt", "month.txt", "day.txt", "old.txt"}),
        ({"until": "2023"}, {"old.txt"}),
        (
            {"since": "2024-03-10", "until": "2024-03-10"},
            {"year.txt", "month.txt", "day.txt", "evening.txt"},
        ),
        ({"since": "2025"}, set()),
    ],
)
def test_a_partial_date_is_an_interval(archive, way, filters, expected):
    assert sources(archive, **filters) == expected
    assert found(archive, **filters).undated == 1
    assert sources(archive, **filters, include_undated=True) == expected | {"undated.txt"}
    assert found(archive, **filters, include_undated=True).undated == 0


@pytest.mark.parametrize(
    ("at", "word"),
    [
        ("2024-04-30", None),
        ("2024-05-01", "loud 0"),
        ("2024-05-31", "loud 0"),
        ("2024-06-01", "loud 1"),
        ("2024-05-31T23:59:59Z", "loud 0"),
        ("2024-06-01T00:00:00Z", "loud 1"),
        ("2024-07-01", "loud 2"),
        ("2024-07-01T11:59:59Z", "loud 1"),
        ("2024-06", "loud 1"),
        ("2024", "loud 2"),
        ("2030", "loud 2"),
    ],
)
def test_as_of_finds_the_version_that_stood_at_the_end_of_that_date(archive, way, at, word):
    hits = [hit for hit in found(archive, as_of=at).hits if hit.article.source == "toll.txt"]
    assert [word in hit.text for hit in hits] == ([] if word is None else [True])


def test_superseded_versions_do_not_answer_unless_asked_for(archive, way):
    for options in ({}, {"publisher": "dell courier"}, {"since": "2024-05"}):
        texts = [
            hit.text for hit in found(archive, **options).hits if hit.article.source == "toll.txt"
        ]
        assert len(texts) == 1
        assert "loud 2" in texts[0]


def test_as_of_leaves_undated_articles_out_and_lets_them_in_when_told(archive, way):
    assert "undated.txt" not in sources(archive, as_of="2030")
    assert found(archive, as_of="2030").undated == 1
    for at in ("2020", SEEN, "2030"):
        assert "undated.txt" in sources(archive, as_of=at, include_undated=True), (
            "nobody knows when it appeared"
        )


def test_an_undated_article_is_found_as_it_read_when_it_was_seen(tmp_path):
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    for n, seen in enumerate((NOW, NOW + 86400)):
        with ArchiveWriter(archive, now=lambda seen=seen: seen) as writer:
            writer.add([report("note.txt", word=f"loud {n}")])
    for at, word in (("2020", "loud 0"), (SEEN, "loud 0"), ("2024-10-28", "loud 1")):
        (hit,) = found(archive, as_of=at, include_undated=True).hits
        assert word in hit.text, at
    assert found(archive, as_of="2024-10-28").hits == ()


@pytest.mark.parametrize(
    "publisher", ["Dell Courier", "DELL COURIER", "dell courier", " The Dell  Courier "]
)
def test_a_publisher_is_found_in_whatever_case(archive, way, publisher):
    assert sources(archive, publisher=publisher) == {"undated.txt", "toll.txt"}
    assert sources(archive, publisher=publisher, since="2024") == {"toll.txt"}
    assert found(archive, publisher=publisher, since="2024").undated == 1
    assert found(archive, publisher="Café Süd", since="2024").undated == 0


@pytest.mark.parametrize("publisher", ["café süd", "CAFÉ SÜD", "Café Süd"])
def test_case_is_not_only_that_of_english(archive, way, publisher):
    assert sources(archive, publisher=publisher) == {"café.txt"}


def test_part_of_a_publisher_is_not_that_publisher(archive, way):
    for publisher in ("Dell", "Dell Couriers", "%", "cafe sud"):
        assert sources(archive, publisher=publisher) == set()


# ---------------------------------------------------------------- exact and over-fetched


WORDS = (
    "ferry toll heron bridge mayor union strike flood vote court rust crane pilot tide dock".split()
)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """400 articles, two thirds of them superseded or of another publisher."""
    made = open_archive(
        tmp_path_factory.mktemp("large") / "archive", create=True, embedder=HashingEmbedder()
    )
    chance = random.Random(7)

    def article(n, version):
        text = " ".join(chance.choices(WORDS, k=14)) + f" {version}."
        return entry(
            f"{n}.txt",
            text,
            published=f"2024-{1 + n % 12:02d}",
            updated=version,
            publisher=("Post", "Echo", "Dell")[n % 3],
        )

    fill(made, *(article(n, None) for n in range(200)))
    fill(made, *(article(n, "2025-01-02") for n in range(200)))
    return made


@pytest.mark.parametrize(
    "options",
    [
        {"publisher": "echo"},
        {"since": "2024-03", "until": "2024-07"},
        {"as_of": "2024-08-15"},
        {"publisher": "Post", "until": "2024-02"},
    ],
)
@pytest.mark.parametrize("text", ["mayor and union", "rust heron", "the flood vote at the bridge"])
@pytest.mark.parametrize("depth", [10, 50])
def test_narrow_and_broad_filters_find_the_same(large, monkeypatch, options, text, depth):
    monkeypatch.setattr("rag.retrieval.retrieve.DEPTH", depth)

    def look():
        return [
            (hit.chunk.chunk_id, hit.rank, round(hit.score, 6), round(hit.similarity, 5))
            for hit in found(large, text, k=5, **options).hits
        ]

    exact = look()
    assert len(exact) == 5
    monkeypatch.setattr("rag.retrieval.retrieve._Chosen.narrow", False)
    assert look() == exact


@pytest.mark.parametrize("filters", [Filters(), Filters(since="2024")])
def test_a_graph_that_leads_to_equal_passages_alone_hides_no_other(tmp_path, monkeypatch, filters):
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    copies = [entry(f"{n}.txt", "The bell is rung.", published="2024") for n in range(9)]
    others = [entry(name, f"Rain in {name}.", published="2024") for name in ("Aldwater", "Brenn")]
    fill(archive, *copies, *others)
    monkeypatch.setattr("rag.retrieval.retrieve._Chosen.narrow", False)
    monkeypatch.setattr(LexicalIndex, "best", lambda *args, **options: [])
    question = Query("Who rang the bell?", filters)
    expected = retrieve(archive, question).hits
    assert len(expected) == 3
    linked = [copy.chunks[0].chunk_id for copy in copies]
    monkeypatch.setattr(VectorIndex, "nearest", lambda self, vector, n: linked[:n])
    assert retrieve(archive, question).hits == expected
    archive.close()


def test_exact_copies_take_one_place_and_name_the_others(tmp_path, way):
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    copies = [
        entry(f"{n}.txt", "The harbour bell is rung at noon.", title="Bell", published="2024")
        for n in range(30)
    ]
    others = ("a.txt", "b.txt", "c.txt")
    fill(archive, *copies, *(report(name, published="2024") for name in others))
    expected = sorted(copy.chunks[0].chunk_id for copy in copies)
    for options in ({}, {"since": "2024"}):
        hits = found(archive, "the harbour bell at noon", k=5, **options).hits
        (bell,) = (hit for hit in hits if hit.article.title == "Bell")
        assert bell.chunk.chunk_id == expected[0]
        named = {bell.article.source, *(article.source for article in bell.copies)}
        assert named == {f"{n}.txt" for n in range(30)}
        rest = [hit for hit in hits if hit is not bell]
        assert {hit.article.source for hit in rest} == set(others)
        assert [hit.copies for hit in rest] == [(), (), ()]


def test_one_article_takes_a_third_of_the_places_while_others_are_left(tmp_path, way):
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    days = [f"On day {n} the harbour bell was rung at noon by {n} men. " * 4 for n in range(12)]
    fill(archive, entry("bell.txt", *days, title="Bell"), *(report(name) for name in DATED))
    first = found(archive, "the harbour bell at noon", k=6).hits
    assert [hit.article.source for hit in first[:2]] == ["bell.txt", "bell.txt"]
    assert sum(hit.article.source == "bell.txt" for hit in first) == 2
    many = found(archive, "the harbour bell at noon", k=12).hits
    assert len(many) == 12
    assert sum(hit.article.source == "bell.txt" for hit in many) == 12 - len(DATED)


def test_superseded_versions_that_fill_the_top_of_both_indexes_hide_nothing(
    tmp_path, monkeypatch, way
):
    monkeypatch.setattr("rag.retrieval.retrieve.DEPTH", 5)
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    with ArchiveWriter(archive, now=lambda: NOW) as writer:
        for n in range(25):
            writer.add([entry("toll.txt", f"The bridge toll is {n} crowns.", title="Toll")])
        writer.add(
            [
                entry(
                    "bridge.txt",
                    "A crane stands near the bridge these days, and nobody knows why it is there.",
                    title="Crane",
                )
            ]
        )
    hits = found(archive, "bridge toll crowns", k=2).hits
    assert [hit.article.source for hit in hits] == ["toll.txt", "bridge.txt"]
    assert "24" in hits[0].text


# ---------------------------------------------------------------- hits


def test_hits_hold_what_they_promise(archive):
    asked = found(archive, "loud ferries at the harbour", k=4)
    assert [hit.rank for hit in asked.hits] == [1, 2, 3, 4]
    assert [hit.score for hit in asked.hits] == sorted(
        (hit.score for hit in asked.hits), reverse=True
    )
    assert asked.hits[0].article.source == "toll.txt"
    for hit in asked.hits:
        assert 0 < hit.score <= 1
        assert -1.01 <= hit.similarity <= 1.01
        assert hit.text == hit.article.text[hit.chunk.start : hit.chunk.end]
        assert [hit.article.text[s.start : s.end] for s in hit.sentences] == hit.article.text.split(
            "\n"
        )[0].replace(". ", ".\n").split("\n")
    assert asked.revision == archive.record.revision()


def test_damage_that_no_other_writer_explains_is_raised(archive, monkeypatch):
    def broken(*args, **options):
        raise ArchiveDamaged("cannot be read")

    monkeypatch.setattr("rag.store.lexical_index.LexicalIndex.best", broken)
    with pytest.raises(ArchiveDamaged, match="cannot be read"):
        found(archive)


def test_a_hostile_question_is_only_a_question(archive):
    for text in ('"harbour" AND (', "🙂", "the of and", "x" * 20_000):
        assert len(found(archive, text).hits) == len(EVERYTHING)


# ---------------------------------------------------------------- fusion and spans


rankings = st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), min_size=1, max_size=4)


@given(rankings, st.randoms(use_true_random=False))
def test_fusion_ignores_the_order_of_the_rankings(lists, chance):
    shuffled = lists.copy()
    chance.shuffle(shuffled)
    assert fuse(shuffled) == fuse(lists)


@given(rankings, st.permutations("abcdefgh"))
def test_fusion_knows_ranks_and_nothing_else(lists, names):
    renamed = dict(zip("abcdefgh", names, strict=True))
    assert fuse([[renamed[name] for name in ranking] for ranking in lists]) == {
        renamed[n]: s for n, s in fuse(lists).items()
    }


@given(rankings)
def test_a_fused_score_is_a_share_that_a_better_rank_never_lowers(lists):
    scores = fuse(lists)
    assert scores.keys() == {name for ranking in lists for name in ranking}
    assert all(0 < score <= 1 for score in scores.values())
    for better in scores:
        for worse in scores:
            ranks = [
                [ranking.index(n) if n in ranking else 99 for ranking in lists]
                for n in (better, worse)
            ]
            if all(b <= w for b, w in zip(*ranks, strict=True)):
                assert scores[better] >= scores[worse]


def test_fusion_by_hand():
    # 1/61 + 1/62 of at most 2/61
    assert fuse([["a", "b"], ["b", "a"]])["a"] == pytest.approx((1 / 61 + 1 / 62) / (2 / 61))
    assert fuse([["a"], []])["a"] == 0.5
    assert fuse([["a"]] * 3)["a"] == 1.0


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=30), st.integers(0, 150), st.integers(1, 60)
)
def test_sentences_within_are_those_that_overlap(gaps, start, length):
    edges = [sum(gaps[:n]) for n in range(len(gaps) + 1)]
    sentences = [Sentence(a, b) for a, b in itertools.pairwise(edges) if (a + b) % 3]
    expected = tuple(s for s in sentences if s.start < start + length and start < s.end)
    assert sentences_within(sentences, start, start + length) == expected
