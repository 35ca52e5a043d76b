from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.model import PartialDate
from rag.store.identity import article_id, version_of


@dataclass(frozen=True)
class _Said:
    text: str = "The bridge is open."
    title: str = "Bridge opens"
    publisher: str | None = None
    published: PartialDate | None = None
    updated: PartialDate | None = None
    extractor: str = "x-1"


def _version(said):
    return version_of(
        text=said.text,
        title=said.title,
        publisher=said.publisher,
        published=said.published,
        updated=said.updated,
        extractor=said.extractor,
    )


@settings(deadline=None)
@given(st.text(), st.text(), st.text(), st.text())
def test_articles_have_names_of_their_own(one, other, key, another):
    assert (article_id(one, key) == article_id(other, another)) == ((one, key) == (other, another))


def test_the_names_are_fixed():
    # Changing these would make every article of every archive a new one.
    assert article_id("papers", "a/b.txt") == "b46cac15b75bc3e7f57e9a23"
    assert _version(_Said()) == "651ccb0894966f73"


def test_each_thing_said_makes_a_version():
    day = PartialDate.parse("2024-10-22")
    said = [
        _Said(),
        _Said(text="The bridge is closed."),
        _Said(title="Bridge opens at last"),
        _Said(publisher="The Courier"),
        _Said(published=day),
        _Said(updated=day),
        _Said(extractor="x-2"),
        _Said(published=PartialDate.parse("2024-10")),
    ]
    assert len({_version(each) for each in said}) == len(said)
    assert _version(_Said()) == _version(_Said())
