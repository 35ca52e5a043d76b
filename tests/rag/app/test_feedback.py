"""Feedback: what a verdict becomes, a file that many write to, gold questions that can be run."""

from __future__ import annotations

import json
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from eval.gold.questions import load_gold
from eval.run.record import evaluate
from eval.scoring.outcome import Held
from rag.answer import Answer
from rag.app.cli import main
from rag.app.feedback import (
    FILE,
    MOST_CHARS,
    NO_ANSWER,
    REASONS,
    Feedback,
    export_gold,
    record_feedback,
    write_pairs,
)
from rag.errors import ArchiveError, ArchiveNotFound, UsageError
from rag.model import Claim, Filters, Part, PartialDate, ShortAnswer, Status
from rag.quotes import Claimed, Refusal, make_quote
from rag.store.archive import Archive, open_archive
from rag.store.doctor import examine
from tests.fakes import HashingEmbedder, entry, fill

NOW = datetime(2025, 5, 3, 12, 0, tzinfo=timezone(timedelta(hours=2)))
PORT = entry(
    "port.txt",
    "Ruth Ellery ran the port for nine years.",
    "Owen Tarrant took over in July,  said the mayor.",
)
FERRY = entry("ferry.txt", "The ferry Alma sails again on Monday.", title="Ferry back")
ASIA = entry("asia.txt", "港口昨日关闭。市长说明天重新开放。", title="港口")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    opened = open_archive(
        tmp_path_factory.mktemp("filled") / "archive", create=True, embedder=HashingEmbedder()
    )
    fill(opened, PORT, FERRY, ASIA)
    opened.close()
    return opened.folder


@pytest.fixture
def archive(filled: Path, tmp_path: Path) -> Archive:
    """A copy, since an archive takes longer to fill."""
    shutil.copytree(filled, tmp_path / "archive")
    return open_archive(tmp_path / "archive", embedder=HashingEmbedder())


def claim(
    archive: Archive,
    words: str = "Ruth Ellery ran the port for nine years.",
    short: str | None = "Ruth Ellery",
) -> Claim:
    article = next(item.article for item in (PORT, FERRY) if words in item.article.text)
    start = article.text.index(words)
    with archive.record.snapshot() as record:
        quote = make_quote(
            record, Claimed(article.article_id, article.version, start, start + len(words), words)
        )
    assert not isinstance(quote, Refusal)
    at = article.text.index(short or words)
    answer = (
        None
        if short is None
        else ShortAnswer(short, article.article_id, article.version, at, at + len(short))
    )
    return Claim(words, (quote,), 0.8, 1.0, answer)


def answer(*claims: Claim, id: str = "a1", **more: Any) -> Answer:
    status = Status.ANSWERED if claims else Status.NOT_IN_ARTICLES
    made = Answer(
        id,
        "And before?",
        "Who ran the port?",
        Filters(),
        status,
        "extractive",
        "text",
        0.8,
        1,
        claims,
    )
    return replace(made, **more)


def said(what: Answer, verdict: str = "down", **more: str) -> Feedback:
    return Feedback(what.to_json(), verdict, NOW, **more)


def lines(archive: Archive) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for line in (archive.folder / FILE).read_text(encoding="utf-8").splitlines()
    ]


# ---------------------------------------------------------------- what a verdict becomes


def test_thumbs_up_makes_a_pair_of_what_was_shown(archive: Archive) -> None:
    record = record_feedback(archive.folder, said(answer(claim(archive)), "up"))
    assert record == {
        "id": "feedback-a1",
        "question": "Who ran the port?",
        "type": "feedback",
        "answerable": True,
        "answers": [["Ruth Ellery"]],
        "evidence": [
            {"source": "port.txt", "quote": "Ruth Ellery ran the port for nine years.", "part": 1}
        ],
        "verdict": "up",
        "reason": "",
        "answer_id": "a1",
        "time": "2025-05-03T10:00:00Z",
        "archive_revision": 1,
        "status": "answered",
    }
    assert lines(archive) == [record]


def test_quotes_of_one_question_are_alternatives_and_of_two_parts_are_both_needed(
    archive: Archive,
) -> None:
    both = claim(archive), claim(archive, "The ferry Alma sails again on Monday.", None)
    alternatives = record_feedback(archive.folder, said(answer(*both), "up"))
    assert alternatives is not None
    assert ([item["part"] for item in alternatives["evidence"]], alternatives["answers"]) == (
        [1, 1],
        [["Ruth Ellery"]],
    )
    parts = (
        Part("Who?", Status.ANSWERED, (0,)),
        Part("When?", Status.ANSWERED, (1,)),
        Part("Why?", Status.NOT_IN_ARTICLES, ()),
    )
    needed = record_feedback(archive.folder, said(answer(*both, parts=parts), "up"))
    assert needed is not None
    assert ([item["part"] for item in needed["evidence"]], needed["answers"]) == ([1, 2], [])


def test_what_the_record_does_not_say_is_no_evidence(archive: Archive) -> None:
    plain = answer(claim(archive)).to_json()
    plain["claims"][0]["quotes"][0]["text"] = "Ruth Ellery ran the bank for nine years."
    plain["claims"][0]["answer"]["text"] = "Rude Ellery"
    assert record_feedback(archive.folder, Feedback(plain, "up", NOW)) is None
    assert (
        export_gold(archive.folder).left_out[0].reason
        == "nothing that was shown stands in the archive any more"
    )


def test_a_correction_and_a_quote_make_a_pair(archive: Archive) -> None:
    feedback = said(
        answer(claim(archive)),
        reason="wrong answer",
        correction=" Owen Tarrant ",
        quote="Owen Tarrant took over in\nJuly, said",
    )
    record = record_feedback(archive.folder, feedback)
    assert record is not None
    assert (record["answerable"], record["answers"], record["note"]) == (
        True,
        [["Owen Tarrant"]],
        "wrong answer",
    )
    assert record["evidence"] == [
        {"source": "port.txt", "quote": "Owen Tarrant took over in July,  said", "part": 1}
    ]


def test_thumbs_down_alone_makes_a_question_whose_answer_nobody_knows(archive: Archive) -> None:
    record = record_feedback(archive.folder, said(answer(claim(archive)), reason="wrong quote"))
    assert record is not None
    assert (record["answerable"], record["answers"], record["evidence"]) == (None, [], [])
    assert (record["verdict"], record["reason"]) == ("down", "wrong quote")
    assert export_gold(archive.folder) == ((record,), ())


def test_silence_is_unanswerable_and_waits_for_a_why(archive: Archive) -> None:
    assert record_feedback(archive.folder, said(answer(), "up")) is None
    assert (
        record_feedback(
            archive.folder,
            said(answer(claim(archive), id="a2"), reason=NO_ANSWER, correction="No such port"),
        )
        is None
    )
    assert [(line["answerable"], line["answers"], line.get("note")) for line in lines(archive)] == [
        (False, [], None),
        (False, [], "the articles do not say it: No such port"),
    ]
    by_hand = "".join(json.dumps(line | {"why": "off_topic"}) + "\n" for line in lines(archive))
    (archive.folder / FILE).write_text(by_hand)
    assert len(export_gold(archive.folder).pairs) == 2


def test_filters_that_gold_cannot_carry_make_no_pair(archive: Archive) -> None:
    dated = answer(
        claim(archive), filters=Filters(as_of=PartialDate.parse("2024-10"), include_undated=False)
    )
    record = record_feedback(archive.folder, said(dated, "up"))
    assert record is not None
    assert record["as_of"] == "2024-10"
    assert (
        record_feedback(
            archive.folder, said(replace(dated, id="a2", filters=Filters(publisher="Ledger")), "up")
        )
        is None
    )
    assert (
        record_feedback(
            archive.folder,
            said(replace(dated, id="a3", filters=Filters(include_undated=True)), "up"),
        )
        is not None
    )
    (left,) = export_gold(archive.folder).left_out
    assert left == (
        "Who ran the port?",
        "it was asked with filters that a gold question cannot carry",
    )


# ---------------------------------------------------------------- a person's quote


def test_a_quote_is_found_in_any_article(archive: Archive) -> None:
    for words, source in (("ferry Alma", "ferry.txt"), ("市长说明天", "asia.txt")):
        record = record_feedback(archive.folder, said(answer(claim(archive)), quote=words))
        assert record is not None
        assert (record["evidence"], record["answers"]) == (
            [{"source": source, "quote": words, "part": 1}],
            [],
        )


@pytest.mark.parametrize(
    "words",
    [
        "Ruth Ellery ran the bank",
        "ruth ellery",
        "uth Ellery",
        "Ruth Eller",
        "ran.*port",
        "years. The ferry",
    ],
)
def test_a_quote_that_no_article_has_is_refused(archive: Archive, words: str) -> None:
    with pytest.raises(UsageError, match="No article has these words"):
        record_feedback(archive.folder, said(answer(claim(archive)), quote=words))
    assert not (archive.folder / FILE).exists()


def test_the_articles_of_the_answer_come_first(archive: Archive) -> None:
    fill(archive, entry("a-first.txt", "Ruth Ellery ran the port for nine years.", title="Copy"))
    record = record_feedback(archive.folder, said(answer(claim(archive)), quote="nine years"))
    assert record is not None
    assert record["evidence"][0]["source"] == "port.txt"


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("verdict", "more", "says"),
    [
        ("sideways", {}, "A verdict is up or down"),
        ("down", {"reason": "because"}, "'because' is not one of the reasons"),
        (
            "down",
            {"correction": "x" * (MOST_CHARS + 1)},
            "The correction has 2,001 characters; at most 2,000",
        ),
        ("down", {"quote": "x" * (MOST_CHARS + 1)}, "The quote has 2,001 characters"),
        ("up", {"correction": "x"}, "Thumbs up takes no reason"),
        ("up", {"reason": "other"}, "Thumbs up takes no reason"),
        ("down", {"reason": NO_ANSWER, "quote": "x"}, "no quote does"),
    ],
)
def test_feedback_that_makes_no_sense_is_refused(
    verdict: str, more: dict[str, str], says: str
) -> None:
    with pytest.raises(UsageError) as raised:
        said(answer(), verdict, **more)
    assert says in raised.value.message


def test_every_reason_goes_with_thumbs_down(archive: Archive) -> None:
    for reason in REASONS:
        record_feedback(archive.folder, said(answer(claim(archive)), reason=reason))
    assert [line["reason"] for line in lines(archive)] == list(REASONS)


@pytest.mark.parametrize(
    "more",
    [
        {"id": "x" * 3000},
        {"asked_as": "x" * 3000},
        {"filters": {"publisher": "x" * 3000}},
        {"id": " "},
        {"asked_as": ""},
    ],
)
def test_an_answer_from_a_browser_is_held_to_bounds(archive: Archive, more: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        record_feedback(
            archive.folder, Feedback(answer(claim(archive)).to_json() | more, "up", NOW)
        )
    with pytest.raises(UsageError, match="claims must be a list"):
        record_feedback(archive.folder, Feedback(answer().to_json() | {"claims": 1}, "up", NOW))
    assert not (archive.folder / FILE).exists()


def test_without_an_archive_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(ArchiveNotFound):
        record_feedback(tmp_path / "none", said(answer()))
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- the file


def test_the_file_is_private_and_the_archive_stays_an_archive(archive: Archive) -> None:
    record_feedback(archive.folder, said(answer(claim(archive)), "up"))
    assert stat.S_IMODE((archive.folder / FILE).stat().st_mode) == 0o600
    again = open_archive(archive.folder, create=True, embedder=HashingEmbedder())
    assert all(finding.ok for finding in examine(again))
    with again.writer() as writer:
        writer.rebuild()
    assert len(export_gold(archive.folder).pairs) == 1


def test_many_may_write_at_once(archive: Archive) -> None:
    def say(number: int) -> None:
        record_feedback(
            archive.folder, said(answer(claim(archive), id=f"a{number}"), correction="x" * 1500)
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(say, range(40)))
    assert {line["answer_id"] for line in lines(archive)} == {f"a{number}" for number in range(40)}


def test_a_line_on_its_way_is_not_taken_for_one_that_was_cut_short(archive: Archive) -> None:
    """A reader may see half of what another writes; an end after that would be an empty line."""
    with ThreadPoolExecutor(1) as pool:
        with (
            FileLock((archive.folder / FILE).with_suffix(".lock")),
            (archive.folder / FILE).open("w", encoding="utf-8") as file,
        ):
            file.write('{"answer_id": ')
            file.flush()
            later = pool.submit(record_feedback, archive.folder, said(answer(claim(archive)), "up"))
            with pytest.raises(TimeoutError):
                later.result(timeout=0.5)
            file.write('"a0"}\n')
        later.result(timeout=300)
    assert [line["answer_id"] for line in lines(archive)] == ["a0", "a1"]


def test_a_line_that_was_cut_short_takes_no_other_with_it(archive: Archive) -> None:
    (archive.folder / FILE).write_bytes(b'{"id": "feedback-x", "question": "Wh')
    record_feedback(archive.folder, said(answer(claim(archive)), "up"))
    exported = export_gold(archive.folder)
    assert ([pair["answer_id"] for pair in exported.pairs], exported.left_out) == (
        ["a1"],
        (("", "the line is not JSON"),),
    )


def test_a_file_that_cannot_be_written_is_an_error_with_a_hint(archive: Archive) -> None:
    (archive.folder / FILE).mkdir()
    with pytest.raises(ArchiveError, match="cannot be written"):
        record_feedback(archive.folder, said(answer(claim(archive)), "up"))
    with pytest.raises(ArchiveError, match="cannot be read"):
        export_gold(archive.folder)


def test_half_a_surrogate_pair_is_kept_as_an_escape(archive: Archive) -> None:
    record_feedback(archive.folder, said(answer(claim(archive), asked_as="Who \ud800?"), "up"))
    assert [line["question"] for line in lines(archive)] == ["Who \ud800?"]
    assert len(export_gold(archive.folder).pairs) == 1


# ---------------------------------------------------------------- gold


def test_the_last_verdict_on_an_answer_counts(archive: Archive) -> None:
    record_feedback(archive.folder, said(answer(claim(archive)), "up"))
    record_feedback(archive.folder, said(answer(claim(archive), id="a2"), "up"))
    record_feedback(archive.folder, said(answer(claim(archive)), correction="Owen Tarrant"))
    assert [(pair["answer_id"], pair["answers"]) for pair in export_gold(archive.folder).pairs] == [
        ("a2", [["Ruth Ellery"]]),
        ("a1", [["Owen Tarrant"]]),
    ]
    record_feedback(archive.folder, said(answer(claim(archive))))
    exported = export_gold(archive.folder)
    assert [(pair["answer_id"], pair["answers"]) for pair in exported.pairs] == [
        ("a2", [["Ruth Ellery"]]),
        ("a1", []),
    ]
    assert exported.left_out == ()


def test_what_no_article_says_any_more_is_left_out(archive: Archive) -> None:
    record_feedback(archive.folder, said(answer(claim(archive)), "up"))
    record_feedback(archive.folder, said(answer(id="a2"), quote="The ferry Alma"))
    with archive.writer() as writer:
        writer.remove([PORT.article.article_id])
    exported = export_gold(archive.folder)
    assert [pair["answer_id"] for pair in exported.pairs] == ["a2"]
    assert exported.left_out == (("Who ran the port?", "there is no document 'port.txt'"),)


def test_strange_lines_are_left_out_each_with_its_reason(archive: Archive) -> None:
    whole = {"id": "1", "question": "Q?", "type": "t", "answerable": True, "answers": [["a"]]}
    strange = [
        "[1]",
        "[" * 100_000,
        json.dumps(whole | {"answers": "a"}),
        json.dumps(whole | {"answer_id": [1]}),
        "",
        json.dumps(whole),
    ]
    (archive.folder / FILE).write_text("\n".join(strange))
    exported = export_gold(archive.folder)
    assert [pair["id"] for pair in exported.pairs] == ["1"]
    assert [left.reason for left in exported.left_out] == [
        "the line is not a JSON object",
        "the line is not JSON",
        'answers must be a list, not "a"',
        "the id '1' was used before, in line 2",
    ]


def test_without_feedback_there_is_nothing(archive: Archive) -> None:
    assert export_gold(archive.folder) == ((), ())


def test_feedback_is_exported_loaded_and_run(archive: Archive, tmp_path: Path) -> None:
    shown = answer(claim(archive))
    record_feedback(archive.folder, said(shown, "up"))
    record_feedback(
        archive.folder,
        said(
            replace(shown, id="a2", asked_as="Who took over?"),
            correction="Tarrant",
            quote="Owen Tarrant took over",
        ),
    )
    write_pairs(tmp_path / "gold.jsonl", export_gold(archive.folder).pairs)
    texts = {item.article.source: item.article.text for item in (PORT, FERRY)}
    assert len(load_gold(tmp_path / "gold.jsonl", sources=texts.get)) == 2
    run = evaluate(tmp_path / "gold.jsonl", lambda _: shown, archive=archive)
    assert [(record.id, record.error) for record in run.outcomes] == [
        ("feedback-a1", None),
        ("feedback-a2", None),
    ]
    assert {item.held for record in run.outcomes for item in record.evidence} == {Held.HELD}
    assert [score.values["exact_match"] for score in run.score().scores] == [1.0, 0.0]


# ---------------------------------------------------------------- the command


def test_the_command_writes_pairs_and_says_what_was_left_out(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def byline(*more: str) -> tuple[int, str, str]:
        code = main(["feedback", "export", "--archive", str(archive.folder), *more])
        return code, *capsys.readouterr()

    out = tmp_path / "gold.jsonl"
    record_feedback(archive.folder, said(answer(), "up"))
    assert byline("--out", str(out))[0] == 1
    assert not out.exists()
    record_feedback(archive.folder, said(answer(claim(archive), id="a2"), "up"))
    code, printed, told = byline("--out", str(out))
    assert (code, printed) == (0, "")
    assert "left out: Who ran the port?: nobody said why the articles do not answer" in told
    assert f"1 gold question in {out}, 1 left out." in told.replace("\n", " ")
    assert len(load_gold(out, sources=None)) == 1
    code, printed, _ = byline()
    assert (code, json.loads(printed)["id"]) == (0, "feedback-a2")
    plain = json.loads(byline("--json")[1])
    assert ([pair["id"] for pair in plain["pairs"]], len(plain["left_out"])) == (["feedback-a2"], 1)
    assert byline("--out", str(tmp_path / "no" / "gold.jsonl"))[0] == 2
