"""Tests sentences: a table of what news does to full stops, and the properties of spans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.segment.sentences import sentences
from rag.model import Block, BlockKind, Sentence

SEEDS = Path(__file__).resolve().parents[3] / "../shared/corpora/seeds"

# One row is one line of text; " | " stands where it must be cut, and nowhere else.
TABLE = [
    "The council met. | It voted.",
    "The U.S. Secretary of State landed in Cairo. | He left at once.",
    "A spokesman for U.S. forces spoke.",
    "She studied in the U.S. | The degree took four years.",
    "The U.N. Security Council sat. | It's not over.",
    "The talks moved to Washington, D.C. | The mood was grim.",
    "The U.S. Under Secretary flew home.",
    "Lt. Col. Ada Pike took command. | Maj. Gen. Orr did not.",
    "Then-Gov. Rita Vance and Sens. Cole and Hurd signed.",
    "Dr. Lund and Prof. Abel met Sen. Moss, Rep. Tull, Rev. Gale and Capt. Roe.",
    "Mr. Smith Jr. said so. | Mrs. Smith did not.",
    "Sgt. Bell fired. | “Gov. Orr knew,” she said.",
    "J. K. Harlow wrote it. | George W. Barnes read it.",
    "The book is by A.B. Carver.",
    "They came third in Group B. | Norway came first.",
    "So did I. | They laughed.",
    "She lives in St. Louis near Mt. Hood.",
    "The shop on Main St. | The bank is next door.",
    "He is the No. 2 at the bank, on page p. 4.",
    "Was it true? | No. | Nobody knew.",
    "It opens on Jan. 5 and shuts on Sept. 30.",
    "It rained in Apr. and in Jul. this year.",
    "It opened in Jan. | The crowd was small.",
    "He rose at 10 a.m. and ran.",
    "It began at 10 a.m. | The hall was full.",
    "Doors open at 9 p.m. Saturdays and 7 p.m. Feb. 3 at the hall.",
    "The call is at 8 p.m. GMT on Friday.",
    "It was Leeds vs. York. | York won the case of Roe v. Hale.",
    "Acme Inc. said Acme Corp.'s rival, Bolt Co. of Leeds, lost.",
    "Shares in Acme Ltd. | The price fell.",
    "Warner Bros. Pictures lost $1.5bn. | It had made £2.7m in 2004.",
    "Prices rose 3.5 per cent in 2004. | 15 people left.",
    "Some fish, e.g. Cod, i.e. Gadus, cf. Haddock, are rare.",
    "The price of eggs, milk etc. | The list goes on.",
    "They lived in Salem, Mass. for years.",
    "MACON, Ga. — The mayor resigned.",
    "They left the Catholic Mass. | Father Roe stayed.",
    "The office is on Sunset Blvd. near Hwy. 9.",
    "It fell at the end of the month. | Burnley and Park reports. | Hull won.",
    "The tool is meant to reduce... DVD copying.",
    "It was quiet… too quiet.",
    "He waited... | Then he left.",
    "I think... I know.",
    "We had no idea. … | Cars were everywhere.",
    'He said: "It works." | "We know," she said.',
    '"It works." he said.',
    'He said: "One. | Two." | Then he left.',
    "“Stop!” she cried. | “Why?” he asked.",
    "“Is it over?” Ms. Able asked. | Nobody answered.",
    "“Is it over?” | The room fell silent.",
    "'It was ours.' | Nobody disagreed.",
    'They "lost everything." | (A fund is open.) | It closes soon.',
    "The firm (Acme Inc.) said no. | [It lied.] | The end.",
    "Yahoo! said it would buy Yahoo! Music. | Google did not.",
    "Who? | Me. | What?! | Yes!!! | Fine.",
    "The word.Next was glued. | The rest was not.",
    "The end. | iPod sales rose. | al-Rashid left.",
    "Three firms fell. | • Acme lost. | - Bolt lost. | — Agencies",
    "1. Wash the rice. | 2. Boil it.",
    # Other languages.
    "Der Rat tagt am 3. Oktober in Bonn. | Das kostet ca. 5 Mio. Euro im Jahr.",
    "Im 19. Jahrhundert kostete es 5 Mrd. Mark, z. B. Gold. | Die Stadt wuchs.",
    "Es gab u. a. Brot, d. h. Roggenbrot, in der Poststr. 5 bzw. in Nr. 7. | Er ging.",
    "Der Umbau kostet 5 Mio. | Der Rat stimmt ab.",
    "El presidente de EE. UU. viajó a Lima. | Volverá el martes.",
    "Viajó a EE. UU. | El martes vuelve.",
    "La Sra. Pérez vive en la Av. Sur núm. 5. | ¿Quién más? | ¡Nadie!",
    "M. Dupont et Mme Durand sont là. | Mgr. Blanc aussi.",
    "Это стоит 5 млн. рублей. | Мэр согласен.",
    "Det skjedde 17. mai i Oslo.",
    "工事は三月に始まる。 | 二年かかる。 | 市長は「もう十分だ。」と述べた。",
    "“走吧！”他说。 | 天黑了！ | 他走了吗？ | 是的。",
    "काम मार्च में शुरू होगा। | महापौर ने कहा।",
    "I am 12. | She is 14. | It was on the 3. | October came.",
    "She won 6-4 6-3. | He did not.",
    "The site example.com/a.b is down. | See www.example.org today.",
    "Live updates:U.S. to leave.",
]


def blocks_of(text: str) -> tuple[Block, ...]:
    return tuple(Block(line.start(), line.end()) for line in re.finditer(r"[^\n]+", text))


def texts(text: str, spans: Sequence[Sentence]) -> list[str]:
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize("row", TABLE)
def test_a_line_is_cut_where_its_sentences_end(row):
    expected = row.split(" | ")
    text = " ".join(expected)
    assert texts(text, sentences(text, blocks_of(text))) == expected


def test_a_sentence_has_the_kind_of_its_block_and_never_leaves_it():
    text = "A heading with no stop\nFirst. Second"
    spans = sentences(
        text, (Block(0, 22, BlockKind.HEADING), Block(23, len(text), BlockKind.CAPTION))
    )
    assert texts(text, spans) == ["A heading with no stop", "First.", "Second"]
    assert [span.kind for span in spans] == [
        BlockKind.HEADING,
        BlockKind.CAPTION,
        BlockKind.CAPTION,
    ]


NEWS = st.lists(
    st.sampled_from(
        [
            "Mr.",
            "U.S.",
            "end.",
            "He",
            "said",
            "“We",
            "left.”",
            '"Why?"',
            "J.",
            "...",
            "…",
            "(No.",
            "2)",
            ".",
            "!",
            "a.m.",
            "—",
            "\n",
            " ",
        ]
    )
    | st.text(max_size=4),
    max_size=40,
).map(" ".join)


@given(NEWS)
def test_sentences_cover_each_character_but_white_space_once_and_in_order(text):
    spans = sentences(text, blocks_of(text))
    assert all(left.end <= right.start for left, right in pairwise(spans))
    assert all(piece == piece.strip() and "\n" not in piece for piece in texts(text, spans))
    assert "".join("".join(texts(text, spans)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "Aa. " * 50_000,
        "Mr. " * 50_000,
        "!" * 200_000,
        '."' * 100_000,
        ". . " * 50_000,
        "." + " " * 200_000 + "x",
        ". (" * 70_000,
    ],
    ids=["word", "sentences", "titles", "stops", "quotes", "spaced stops", "spaces", "brackets"],
)
def test_no_line_takes_long(text):
    sentences("Warm up. Now.", [Block(0, 13)])
    started = process_time()
    assert sentences(text, [Block(0, len(text))])
    # Each takes well under a second; what is quadratic takes minutes.
    assert process_time() - started < 10


# ---------------------------------------------------------------- real reports


@pytest.mark.skipif(
    not SEEDS.is_dir(),
    reason="the five reports of shared/corpora/seeds are not beside this checkout",
)
def test_real_reports_are_cut_at_no_title_initial_or_country():
    pairs = []
    for path in sorted(SEEDS.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        for block in blocks_of(text):
            found = texts(text, sentences(text, [block]))
            pairs += pairwise(found)
    assert len(pairs) > 60
    for left, right in pairs:
        assert not re.search(r"\b(?:Mr|Dr|Gen|Lt|Col|Sen|St|[A-Z])\.$", left) or right.split()[
            0
        ] in {"The", "He", "It", "But", "In"}
        assert re.match(r"[\"“‘'(\[]*[A-Z0-9]", right), right
        assert re.search(r"[.!?…][\"”’')\]]*$", left), left
