import re
import subprocess
import sys
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.gold.questions import Evidence, GoldQuestion, Why, gold_hash
from eval.report import Content, write_report
from eval.report.markdown import markdown
from eval.report.marks import Mark, marked
from eval.report.page import page
from eval.report.tables import change_text, warnings
from eval.run.runfile import Run
from eval.scoring.failure_stages import Stage
from eval.scoring.outcome import ArchivedEvidence, Held, Outcome

EVIL = '</script><script>alert(1)</script><img src=x onerror="alert(2)">&amp;'
ROOT = Path(__file__).resolve().parents[3]


def gold(n: int) -> GoldQuestion:
    if n % 5 == 4:
        return GoldQuestion(f"q{n}", "Who?", "unanswerable", False, (), why=Why.OFF_TOPIC)
    quote = f"Ferry {n} sank off Harwick {EVIL}"
    return GoldQuestion(
        f"q{n}",
        f"Where did ferry {n} sink? {EVIL}",
        "place",
        True,
        (("Harwick",),),
        (Evidence(f"sea/{n}.txt", quote),),
    )


GOLD = tuple(gold(n) for n in range(20))


def record(question: GoldQuestion, *, right: bool = True) -> Outcome:
    n = question.id[1:]
    if question.answerable is False:
        return Outcome(
            question.id,
            {
                "status": "not_in_articles",
                "confidence": 0.1,
                "candidates": [],
                "text": "The articles do not say.",
            },
            verbatim=(),
        )
    text = question.evidence[0].quote if right else "Trains <i>ran late"
    quote = {
        "article_id": n,
        "version": "v",
        "source": f"sea/{n}.txt",
        "title": EVIL,
        "start": 4,
        "end": 4 + len(text),
        "text": text,
    }
    answer: dict[str, Any] = {
        "status": "answered",
        "text": text,
        "confidence": 0.8 if right else 0.3,
        "claims": [{"text": text, "quotes": [quote], "answer": {"text": "Harwick"}}],
        "candidates": [quote, {**quote, "text": question.evidence[0].quote}],
        "passages": [{**quote, "text": f"{EVIL} Once. {question.evidence[0].quote} {text}"}],
        "timings_ms": {"read": 5.0},
    }
    evidence = (
        ArchivedEvidence(
            f"sea/{n}.txt", 1, Held.HELD, question.evidence[0].quote, f"before {EVIL} ", " after"
        ),
    )
    return Outcome(question.id, answer, None, (True,), 5.5, evidence)


def run(records: Iterable[Outcome], name: str = "today") -> Run:
    return Run(
        {"schema": 1, "name": name, "system": EVIL, "settings": {"k": 10}, "gold": gold_hash(GOLD)},
        GOLD,
        tuple(records),
    )


GOOD = run(record(question) for question in GOLD)
WORSE = run(
    (record(question, right=question.id not in ("q0", "q1", "q2")) for question in GOLD),
    "yesterday",
)


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Seen:
    seen = Seen()
    seen.feed(html)
    return seen


# ---------------------------------------------------------------- the page


@pytest.fixture(scope="module")
def html() -> str:
    return page(Content(GOOD, WORSE))


def test_markup_in_articles_stays_text(html: str) -> None:
    seen = read(html)
    assert (seen.tags.count("script"), seen.tags.count("img")) == (1, 0)
    assert not any(name.startswith("on") for name, _ in seen.attributes)
    assert seen.text.count("<script>alert(1)</script>") > 20


def test_the_page_needs_nothing_from_elsewhere(html: str) -> None:
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", html)) - {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert addresses == set()
    assert "default-src 'none'" in html
    assert {
        value
        for name, value in read(html).attributes
        if name in ("src", "href") and value and not value.startswith("#")
    } == set()


def test_ids_are_unique_and_pictures_take_the_colours_of_the_page(html: str) -> None:
    ids = [value for name, value in read(html).attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert html.count("<svg") == 2
    pictures = "".join(re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL))
    assert "var(--ink)" in pictures
    assert not re.search(r"#(?:010203|040506|070809|0a0b0c|000000)", pictures)
    assert "<text" in pictures


def test_every_question_can_be_filtered_by_how_it_ended(html: str) -> None:
    stages = [
        dict(re.findall(r'data-(\w)="(\w+)"', tag))
        for tag in re.findall(r'<details class="q"[^>]*>', html)
    ]
    assert len(stages) == len(GOLD)
    assert sum(stage["s"] == Stage.RIGHT for stage in stages) == 16
    assert sum(stage.get("w") == "won" for stage in stages) == 3
    offered = set(re.findall(r'<button value="(\w*)"', html))
    assert {stage["s"] for stage in stages} | {"", "wrong", "won", "lost"} <= offered


def test_quotes_and_gold_evidence_are_marked_in_context() -> None:
    shown = page(Content(WORSE))
    assert re.search(r'<mark class="gold quote">Ferry 5 sank', shown)
    block = next(part for part in shown.split("<details")[1:] if "<code>q0</code>" in part)
    assert re.search(r'<mark class="gold">Ferry 0 sank', block)
    assert re.search(r'<mark class="quote">Trains &lt;i&gt;ran late', block)


def test_reports_are_the_same_every_time(html: str) -> None:
    assert page(Content(GOOD, WORSE)) == html


def test_errors_and_answers_that_break_the_contract_are_shown_as_errors() -> None:
    broken = run(
        [
            Outcome("q0", error=f"ValueError: {EVIL}"),
            Outcome("q1", {"status": "maybe"}),
            *map(record, GOLD[2:]),
        ]
    )
    content = Content(broken)
    assert [asked.stage for asked in content.questions[:2]] == [Stage.ERROR, Stage.ERROR]
    assert any("2 questions ended in an error" in warning for warning in warnings(content))
    seen = read(page(content))
    assert f"ValueError: {EVIL}" in seen.text
    assert "status must be" in seen.text


# ---------------------------------------------------------------- what it says


def test_changes_come_with_their_paired_intervals() -> None:
    rows = {row.measure.name: row for table in Content(GOOD, WORSE).headline for row in table.rows}
    assert (rows["right"].figure.value, rows["right"].baseline) == (1.0, 0.85)
    change = rows["quote@1"].change
    assert change is not None
    assert change.difference == pytest.approx(3 / 16)
    assert change_text(change, rows["quote@1"].measure).startswith("+0.188")
    assert rows["verbatim"].figure.value == 1.0


def test_slices_go_by_type_and_by_the_folder_of_the_evidence() -> None:
    content = Content(WORSE)
    assert [(item.name, item.n, item.figures[0].value) for item in content.by_type] == [
        ("place", 16, 13 / 16),
        ("unanswerable", 4, 1.0),
    ]
    assert [(item.name, item.n) for item in content.by_source] == [("sea", 16)]
    assert content.by_type[1].figures[1].value is None


def test_lost_evidence_unfinished_runs_and_false_quotes_are_said_first() -> None:
    evidence = (ArchivedEvidence("a", 1, Held.LOST, "words"),)
    lost = Outcome("q0", {"status": "not_in_articles"}, None, (), evidence=evidence)
    false = record(GOLD[1])
    found = warnings(Content(run([lost, Outcome("q1", false.answer, None, (False,))])))
    assert [
        any(words in warning for warning in found)
        for words in ("Unfinished: 18", "word for word", "lost by cleaning")
    ] == [True] * 3


def test_another_gold_set_is_not_compared() -> None:
    other = Run({**GOOD.manifest}, GOLD[:10], tuple(map(record, GOLD[:10])))
    content = Content(GOOD, other)
    assert any("other questions" in warning for warning in warnings(content))
    assert page(content)


def test_markdown_holds_the_tables_and_no_markup(tmp_path: Path) -> None:
    text = markdown(Content(GOOD, WORSE))
    assert "| Quote @1 | 1.000 |" in text
    assert "<script" not in re.sub(r"\\.", "", text)
    assert write_report(Content(GOOD), tmp_path / "new") == tmp_path / "new" / "report.html"
    assert (tmp_path / "new" / "report.md").read_text().startswith("# today")


# ---------------------------------------------------------------- marks


@given(
    st.text(alphabet="ab <>&\"'", max_size=30),
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from(["gold", "quote"])),
        max_size=4,
    ),
)
def test_marking_changes_no_character(text: str, spans: list[tuple[int, int, str]]) -> None:
    seen = read(marked(text, [Mark(*span) for span in spans]))
    assert seen.text == text
    assert set(seen.tags) <= {"mark"}


def test_what_is_far_from_a_mark_is_left_out() -> None:
    text = " ".join(["word"] * 200)
    shown = marked(f"{text} HERE {text}", [Mark(len(text) + 1, len(text) + 5, "gold")])
    assert len(shown) < 500
    assert shown.startswith("… word")
    assert '<mark class="gold">HERE</mark>' in shown
    assert shown.endswith("word …")


# ---------------------------------------------------------------- what it loads


def test_reading_a_run_loads_no_model_and_no_index() -> None:
    modules = (
        "scoring.metrics scoring.compare report report.page report.terminal run.runfile run.record "
        "gold.questions gate sweep"
    ).split()
    models = "torch sentence_transformers transformers llama_index"
    heavy = f"{models} chromadb tantivy trafilatura matplotlib pydantic".split()
    imported = ", ".join(f"eval.{module}" for module in modules)
    code = f"import sys, {imported}; print(sorted({set(heavy)} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_the_command_line_loads_next_to_nothing() -> None:
    heavy = {"numpy", "pydantic", "torch", "eval.run.record", "eval.report", "rag.store.archive"}
    code = f"import sys, eval.commands; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
