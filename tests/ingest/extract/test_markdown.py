from ingest.clean.characters import normalize
from ingest.extract.markdown import read_markdown
from rag.model import BlockKind

PAGE = """\
---
title: "Bridge opens: the toll stays"
author: [Jane Doe, John Roe]
source: The Harbour Courier
date: 2019-03-24
updated: 2019-03-25T10:30:00+01:00
url: https://courier.example/bridge
---

# Bridge opens: the toll stays

The **harbour bridge** opened on *Monday*, [the board](https://board.example/a_(b) "Board") said,
and `nobody` paid the toll_of_4.50 &amp; more.

![The bridge](bridge.jpg)

## Anger on the quay

> We have waited
> long enough.

- Fish sellers lost a week
- Two \\*cafes\\* closed

1. First came a van

Setext heading
--------------

<!-- draft note --> The end<br> came at *noon*.

[board]: https://board.example
"""


def test_front_matter():
    draft = read_markdown(normalize(PAGE))
    assert draft.title == "Bridge opens: the toll stays"
    assert draft.author == "Jane Doe, John Roe"
    assert draft.publisher == "The Harbour Courier"
    assert (str(draft.published), str(draft.updated)) == ("2019-03-24", "2019-03-25T09:30:00Z")
    assert draft.url == "https://courier.example/bridge"


def test_marks_are_taken_off_with_care():
    assert [(line.kind, line.text) for line in read_markdown(normalize(PAGE)).lines] == [
        (BlockKind.HEADING, "Bridge opens: the toll stays"),
        (
            BlockKind.PARAGRAPH,
            "The harbour bridge opened on Monday, the board said, and nobody paid the "
            "toll_of_4.50 & more.",
        ),
        (BlockKind.HEADING, "Anger on the quay"),
        (BlockKind.PARAGRAPH, "We have waited long enough."),
        (BlockKind.PARAGRAPH, "Fish sellers lost a week"),
        (BlockKind.PARAGRAPH, "Two *cafes* closed"),
        (BlockKind.PARAGRAPH, "1. First came a van"),
        (BlockKind.HEADING, "Setext heading"),
        (BlockKind.PARAGRAPH, "The end came at noon."),
    ]


def test_without_front_matter_the_first_heading_is_the_title():
    draft = read_markdown("# Bridge opens\n\nThe bridge opened on Monday.")
    assert (draft.title, [line.text for line in draft.lines]) == (
        "Bridge opens",
        ["The bridge opened on Monday."],
    )


def test_front_matter_that_is_no_yaml_is_read_line_by_line():
    draft = read_markdown(
        "---\ntitle: Bridge: opens: at last\ndate: 24 March 2019\n---\nThe bridge opened."
    )
    assert (draft.title, str(draft.published)) == ("Bridge: opens: at last", "2019-03-24")


def test_text_that_only_looks_odd_stays():
    text = "Snake_case_names cost 5 * 3 * 2 and a < b, said [sic] the board; the area is 2*3*4."
    assert [line.text for line in read_markdown(text).lines] == [text]


def test_a_rule_is_no_front_matter():
    draft = read_markdown("---\n\nThe bridge opened on Monday.\n\n---\n\nThe toll stays.")
    assert [line.text for line in draft.lines] == [
        "The bridge opened on Monday.",
        "The toll stays.",
    ]
