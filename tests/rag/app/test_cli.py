"""The command line: exit codes, JSON and words of every command; then as people run it."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rag.app import terminal
from rag.app.cli import main
from rag.app.commands.fill import _quoted, count_documents
from tests.fakes import HashingEmbedder

ROOT = Path(__file__).resolve().parents[3]
QUESTION = "Who is the captain of the ferry Alma?"
STORIES = {
    "ferry.md": "---\ntitle: Ferry back in service\npublisher: Coast Post\ndate: 2024-03-05\n"
    "---\n\nThe ferry Alma sails again on Monday. Rosa Lind, the captain of the ferry Alma,"
    " waited for calmer water.\n",
    "school.md": "---\ntitle: New school for Elmstead\npublisher: Hill Herald\ndate: 2024-05-01\n"
    "---\n\nElmstead opens a school for 240 children in May. The mayor laid the last brick on"
    " Sunday morning.\n",
    "orchard.txt": "Late frost takes the cherries\n\nGrowers in the Varn valley lost most of their"
    " cherries. Frost came twice in April.\n",
}


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Byline = Callable[..., Ran]


@pytest.fixture
def byline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Byline:
    """Runs a command on an archive of the test's own."""
    monkeypatch.setattr("rag.store.archive.LocalEmbedder", HashingEmbedder)
    monkeypatch.setattr("rag.settings.user_config_path", lambda _: tmp_path / "config")
    for name in ("MODEL", "READER", "RERANKER", "LLM", "LLM_KEY", "CHROMA", "K", "THRESHOLD"):
        monkeypatch.delenv(f"BYLINE_{name}", raising=False)
    monkeypatch.setenv("BYLINE_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str = "") -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main(arguments)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


@pytest.fixture
def filled(byline: Byline, tmp_path: Path) -> Byline:
    """The same, with three stories in the archive."""
    stories = tmp_path / "stories"
    stories.mkdir()
    for name, text in STORIES.items():
        (stories / name).write_text(text, encoding="utf-8")
    assert byline("ingest", "stories").code == 0
    return byline


# ---------------------------------------------------------------- filling


def test_ingest_says_what_came_in_and_where(byline: Byline, tmp_path: Path) -> None:
    (tmp_path / "stories").mkdir()
    (tmp_path / "stories" / "ferry.md").write_text(STORIES["ferry.md"])
    first = byline("ingest", "stories")
    assert (first.code, first.out.split(" in ")[0]) == (0, "1 added"), first.err
    assert str(tmp_path / "archive") in first.out
    again = byline("ingest", "stories", "--json")
    assert (again.code, again.json["counts"]) == (
        0,
        {"added": 0, "updated": 0, "unchanged": 1, "refused": 0},
    )
    assert again.json["archive_revision"] == 1
    assert [result["source"] for result in again.json["results"]] == ["ferry.md"]


def test_the_first_articles_come_with_what_to_ask(byline: Byline, tmp_path: Path) -> None:
    (tmp_path / "stories").mkdir()
    (tmp_path / "stories" / "mill.txt").write_text(
        "Mill sold\n\nIda Kern, the chief executive of Skarn Mills, left on Monday.\n"
    )
    first = byline("ingest", "stories")
    assert 'byline ask "Who is the chief executive of Skarn Mills?"\n' in first.err
    assert "byline chat\n" in first.err
    other = byline("ingest", "stories", "--archive", "my other")
    assert f'byline chat --archive "{tmp_path / "my other"}"' in other.err
    assert "byline chat" not in byline("ingest", "stories").err
    assert "byline chat" not in byline("ingest", "stories", "--json").err


def test_what_is_refused_is_listed_with_its_reason_and_the_exit_code_says_so(
    filled: Byline, tmp_path: Path
) -> None:
    (tmp_path / "stories" / "empty.txt").write_text("")
    ran = filled("ingest", "stories")
    assert ran.code == 3
    assert "3 unchanged, 1 refused" in ran.out
    assert "refused empty.txt is empty" in ran.out
    plain = filled("ingest", "stories", "--json").json["results"]
    assert [item["reason"] for item in plain if item["outcome"] == "refused"] == [
        "empty.txt is empty"
    ]


def test_many_refusals_are_counted_rather_than_listed(byline: Byline, tmp_path: Path) -> None:
    (tmp_path / "stories").mkdir()
    for number in range(25):
        (tmp_path / "stories" / f"{number}.txt").write_text("")
    out = byline("ingest", "stories").out
    assert out.count("is empty") == 20
    assert "and 5 more" in out


def test_a_folder_without_articles_is_named_with_what_can_be_read(
    byline: Byline, tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    ran = byline("ingest", "nothing")
    assert ran.code == 2
    assert "No article was found in nothing; nothing was added." in ran.err
    assert ".html" in ran.err


def test_an_archive_without_articles_is_named_rather_than_asked(
    byline: Byline, tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    byline("ingest", "nothing")
    for command in (["ask", QUESTION], ["ask"], ["search", "x"]):
        ran = byline(*command)
        assert ran.code == 1
        assert f"The archive in {tmp_path / 'archive'} has no articles." in ran.err
        assert "--archive FOLDER" in ran.err


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Alma", "Alma"),
        ("Who runs Orla's Mill?", '"Who runs Orla\'s Mill?"'),
        ("What is a $5 toll?", "'What is a $5 toll?'"),
    ],
)
def test_a_question_is_quoted_as_people_do(typed: str, shown: str) -> None:
    assert _quoted(typed) == shown


def test_a_target_that_is_not_there_is_a_usage_error(byline: Byline) -> None:
    ran = byline("ingest", ".", "nowhere", "neither", "--json")
    assert ran.code == 2
    assert ran.json["error"]["message"] == (
        "There is no file or folder nowhere or neither; nothing was added."
    )
    assert byline("articles").code == 1
    assert ran.json["error"]["code"] == "usage"
    assert "nowhere" in ran.json["error"]["message"]


def test_interrupted_ingest_says_what_is_kept(
    filled: Byline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ingest.pipeline.ingest", interrupted)
    ran = filled("ingest", "stories")
    assert (ran.code, ran.out) == (130, "")
    assert ran.err.strip().startswith("Stopped. All reported articles are in the archive")
    assert len(ran.err.strip().splitlines()) == 1


def test_reclean_reports_like_ingest(filled: Byline) -> None:
    ran = filled("reclean", "--json")
    assert (ran.code, ran.json["counts"]["unchanged"]) == (0, 3)


def test_what_the_user_knows_of_a_folder_and_of_one_article(filled: Byline) -> None:
    ran = filled("ingest", "stories", "--publisher", "Varn Times", "--published", "2024-04")
    assert (ran.code, ran.out.split(" in ")[0]) == (0, "3 updated")
    edited = filled("edit", "orchard.txt", "--title", "Cherries lost", "--published", "2024-04-09")
    assert (edited.code, edited.out.strip()) == (0, "orchard.txt updated")
    found = {item["source"]: item for item in filled("articles", "--json").json}
    assert {item["publisher"] for item in found.values()} == {"Varn Times"}
    assert found["orchard.txt"]["title"] == "Cherries lost"
    assert found["orchard.txt"]["published"] == "2024-04-09"
    assert found["ferry.md"]["published"] == "2024-04"
    assert found["ferry.md"]["stated"] == ["published", "publisher"]
    assert found["orchard.txt"]["stated"] == ["published", "publisher", "title"]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("ingest", "stories", "--published", "soon"), "is not a date"),
        (("ingest", "stories", "--language", "German, mostly"), "is not a language"),
        (("edit", "orchard.txt"), "Nothing was said to change"),
        (("edit", "nothing.txt", "--title", "A"), "There is no article"),
        (("edit", "orchard.txt", "--title", ""), "needs a title"),
    ],
)
def test_what_cannot_be_stated_changes_nothing(
    filled: Byline, command: tuple[str, ...], message: str
) -> None:
    ran = filled(*command)
    assert ran.code == 2
    assert message in ran.err


def test_files_that_are_gone_are_told_and_pruned(filled: Byline, tmp_path: Path) -> None:
    (tmp_path / "stories" / "ferry.md").unlink()
    told = filled("ingest", "stories")
    assert told.code == 0
    assert "1 file gone: 1 article still in the archive" in told.out
    assert "byline ingest --prune" in told.out
    assert "gone ferry.md" in told.out
    (tmp_path / "stories" / "school.md").unlink()
    pruned = filled("ingest", "stories", "--prune")
    assert "2 files gone: 2 articles removed" in pruned.out
    assert "removed ferry.md" in pruned.out
    (tmp_path / "stories" / "school.md").write_text(STORIES["school.md"])
    (tmp_path / "stories" / "ferry.md").write_text(STORIES["ferry.md"])
    filled("ingest", "stories")
    (tmp_path / "stories" / "ferry.md").unlink()
    pruned = filled("ingest", "stories", "--prune", "--json").json
    assert [item["source"] for item in pruned["gone"]] == ["ferry.md"]
    assert len(filled("articles", "--json").json) == 2


def test_the_number_of_documents_is_estimated(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / ".hidden").write_text("none")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("none")
    (tmp_path / "metadata.csv").write_text("file,title\na.txt,One\n")
    (tmp_path / "rows.jsonl").write_text("{}\n{}\n{}\n")
    assert count_documents([tmp_path]) == 4
    assert count_documents([tmp_path / "a.txt", tmp_path / "nowhere"]) == 2
    (tmp_path / "all.json").write_text("[]")
    assert count_documents([tmp_path]) is None


# ---------------------------------------------------------------- asking


def test_ask_shows_the_quote_and_where_it_stands(filled: Byline) -> None:
    ran = filled("ask", QUESTION)
    assert ran.code == 0
    shown = " ".join(ran.out.replace("│", "").split())
    assert "Rosa Lind, the captain of the ferry Alma, waited for calmer water." in shown
    assert "Ferry back in service, Coast Post, 5 March 2024, ferry.md, characters " in shown
    assert "\x1b" not in ran.out


def test_ask_in_json_is_the_answer_contract(filled: Byline) -> None:
    ran = filled("ask", QUESTION, "-k", "2", "--json")
    assert (ran.code, ran.err) == (0, "")
    answer = ran.json
    assert (answer["schema"], answer["status"], answer["question"], len(answer["passages"])) == (
        1,
        "answered",
        QUESTION,
        2,
    )
    assert answer["claims"][0]["quotes"][0]["source"] == "ferry.md"
    assert len(ran.out.splitlines()) == 1


def test_not_in_the_articles_is_an_answer_with_what_came_nearest(
    filled: Byline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BYLINE_THRESHOLD", "0")
    ran = filled("ask", QUESTION)
    assert ran.code == 0
    assert ran.out.startswith(
        "The articles do not say.\n\nNearest in the articles, but not an answer:\n"
    )
    assert "waited for calmer water." in " ".join(ran.out.replace("┊", "").split())


def test_filters_reach_the_answer(filled: Byline) -> None:
    undated = filled("ask", QUESTION, "--since", "2024-04", "--json").json
    assert {passage["source"] for passage in undated["passages"]} == {"school.md"}
    assert [notice["code"] for notice in undated["notices"]] == ["undated"]
    both = filled("ask", QUESTION, "--since", "2024-04", "--include-undated", "--json").json
    assert {passage["source"] for passage in both["passages"]} == {"school.md", "orchard.txt"}
    early = filled(
        "ask", QUESTION, "--until", "2024-03-05", "--publisher", "coast post", "--json"
    ).json
    assert {passage["source"] for passage in early["passages"]} == {"ferry.md"}
    assert filled("ask", QUESTION, "--as-of", "2024-01", "--json").json["passages"] == []


def test_without_a_question_lines_are_questions_until_an_empty_one(filled: Byline) -> None:
    ran = filled("ask", "--json", stdin=f"{QUESTION}\nWho laid the brick?\n\nNever asked?\n")
    assert ran.code == 0
    assert [json.loads(line)["question"] for line in ran.out.splitlines()] == [
        QUESTION,
        "Who laid the brick?",
    ]
    assert filled("ask", stdin=QUESTION).out.count("Rosa Lind,") == 1


def test_the_loop_keeps_the_conversation_until_it_is_to_begin_anew(filled: Byline) -> None:
    lines = [
        QUESTION,
        "And what did she say?",
        "/help",
        "/new",
        "What did she say?",
        "EXIT",
        "Who?",
    ]
    ran = filled("ask", "--json", stdin="\n".join(lines))
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [answer["question"] for answer in answers] == [*lines[:2], "help", lines[4]]
    assert answers[1]["asked_as"] == "What did Rosa Lind say?"
    assert answers[2]["status"] == "help"
    assert answers[3]["asked_as"] == lines[4]
    assert "A new conversation." in ran.err
    shown = filled("ask", stdin="\n".join(lines[:2]))
    assert "Asked as: What did Rosa Lind say?" in shown.err


def test_piped_questions_stand_before_their_answers(filled: Byline) -> None:
    ran = filled("ask", stdin=f"{QUESTION}\nWho laid the brick?\n")
    assert [line for line in ran.out.splitlines() if line.startswith("> ")] == [
        f"> {QUESTION}",
        "> Who laid the brick?",
    ]


def test_the_article_around_a_quote_can_be_opened(filled: Byline) -> None:
    ran = filled("ask", stdin=f"/open 1\n{QUESTION}\n/open 1\n/open 9\n")
    assert ran.code == 0
    assert ran.err.count("error: There is no quote") == 2
    assert "Ask something first." in ran.err
    opened = ran.out.split("> /open 1")[2]
    assert "Ferry back in service" in opened
    assert "The ferry Alma sails again on Monday." in " ".join(opened.split())


def test_why_is_told_of_the_last_answer(filled: Byline) -> None:
    ran = filled("ask", stdin=f"/why\n{QUESTION}\nAnd what did she say?\n/why\n")
    assert "error: There is no answer yet." in ran.err
    (told,) = ran.out.split("> /why")[2:]
    assert "Understood as: What did Rosa Lind say?" in told
    assert "passage 1: by meaning rank" in told


def test_filters_of_a_conversation_change_on_the_way(filled: Byline) -> None:
    lines = [
        "/filter publisher Hill Herald",
        QUESTION,
        "/filter since 2024-04",
        "/filter none",
        QUESTION,
        "/filter colour red",
        "/filter since yesterday",
    ]
    ran = filled("ask", "--json", stdin="\n".join(lines))
    first, second, *faults = map(json.loads, ran.out.splitlines())
    assert first["filters"]["publisher"] == "Hill Herald"
    assert {passage["source"] for passage in first["passages"]} == {"school.md"}
    assert second["filters"]["publisher"] is None
    assert "Only articles published from April 2024, publisher Hill Herald." in ran.err
    assert "All articles." in ran.err
    messages = [fault["error"]["message"] for fault in faults]
    assert messages[0] == "There is no filter 'colour'."
    assert "not a date: 'yesterday'" in messages[1]


def test_an_unknown_command_is_no_question(filled: Byline) -> None:
    ran = filled("ask", stdin="/colour red\n")
    assert "error: There is no command /colour." in ran.err
    assert "/help lists the commands." in ran.err
    assert "do not say" not in ran.out


def test_a_conversation_names_what_can_be_typed_in_it(filled: Byline) -> None:
    lines = [
        "What did the ferry do in March 2024?",
        "/filter until 2024",
        QUESTION,
        "/filter with-undated",
        "/filter any-date",
        "/filter none",
        "/filter until 2020",
        QUESTION,
    ]
    ran = filled("ask", stdin="\n".join(lines))
    told = ran.out + ran.err
    assert "--ignore-dates" not in told
    assert "--include-undated" not in told
    assert "To look at all dates alike: /filter any-date" in ran.err
    assert "/filter with-undated" in ran.out
    assert "undated ones too. No period is preferred." in ran.err
    assert "All articles.\n" in ran.err
    assert "To ask all articles: /filter none" in ran.err
    alone = filled("ask", lines[0])
    assert "To look at all dates alike: --ignore-dates" in alone.err


@pytest.mark.parametrize(
    ("question", "hint"),
    [
        ("Zeppelin?", "One word is little to look for."),
        ("Which zeppelin flew over the moon? " * 20, "This question is very long."),
        ("Which zeppelin flew over the moon?", ""),
    ],
)
def test_a_question_that_cannot_be_looked_up_well_gets_a_hint(
    filled: Byline, question: str, hint: str
) -> None:
    ran = filled("ask", question, "--publisher", "Nobody")
    assert hint in ran.err
    assert ("little" in ran.err or "long" in ran.err) is bool(hint)


def test_explain_tells_the_steps_and_the_stage_against_gold(filled: Byline, tmp_path: Path) -> None:
    ran = filled("ask", QUESTION, "--explain")
    assert ran.code == 0, ran.err
    assert "Why this answer?" in ran.out
    assert "by meaning rank 1" in ran.out
    quote = "Rosa Lind, the captain of the ferry Alma, waited for calmer water."
    gold = tmp_path / "gold.jsonl"

    def stage(source: str, quote: str) -> str:
        line = {"id": "q", "question": QUESTION, "evidence": [{"source": source, "quote": quote}]}
        gold.write_text(json.dumps(line))
        ran = filled("ask", QUESTION.lower(), "--explain", "--gold", str(gold), "--json")
        assert ran.json["explanation"]["searches"]
        return ran.json["gold"]["stage"]

    assert stage("ferry.md", quote) in ("right", "wrongly_abstained")
    assert stage("gone.md", "Captain Bo Gran ran aground.") == "not_in_archive"
    assert stage("orchard.txt", "Frost came twice in April.") in ("wrong_sentence", "ranked_low")
    other = filled("ask", "Who laid the brick?", "--explain", "--gold", str(gold))
    assert (other.code, other.out) == (2, "")
    assert "does not have the question 'Who laid the brick?'" in other.err
    alone = filled("ask", QUESTION, "--gold", str(gold))
    assert (alone.code, "--explain" in alone.err) == (2, True)


def test_the_form_of_the_answer_can_be_given(filled: Byline) -> None:
    for kind in ("about_archive", "HELP"):
        answer = filled("ask", QUESTION, "--kind", kind, "--json").json
        assert (answer["kind"], answer["status"]) == (kind.casefold(), kind.casefold())
    ran = filled("ask", QUESTION, "--kind", "poem")
    assert ran.code == 2
    assert "about_archive" in ran.err


def test_a_failure_does_not_end_the_loop(filled: Byline, monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.engine import Engine
    from rag.errors import ArchiveDamaged
    from rag.events import Event

    stream = Engine.stream

    def failing(self: Engine, question: str, **more: Any) -> Iterator[Event]:
        if question == "break":
            raise ArchiveDamaged("Broken.", hint="Mend it.")
        return stream(self, question, **more)

    monkeypatch.setattr(Engine, "stream", failing)
    ran = filled("ask", "--json", stdin=f"break\n{QUESTION}\n")
    first, second = map(json.loads, ran.out.splitlines())
    assert first == {
        "error": {
            "code": "archive_damaged",
            "message": "Broken.",
            "hint": "Mend it.",
            "retryable": False,
        }
    }
    assert second["status"] == "answered"


@pytest.mark.parametrize("setting", ["READER", "SECOND_READER", "RERANKER"])
def test_a_reader_and_a_reranker_of_the_settings_are_the_ones_that_are_used(
    filled: Byline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str
) -> None:
    (tmp_path / "no-model").mkdir()
    monkeypatch.setenv(f"BYLINE_{setting}", str(tmp_path / "no-model"))
    ran = filled("ask", QUESTION)
    assert (ran.code, ran.out) == (1, "")
    assert "no-model" in ran.err


def test_search_lists_passages_with_their_scores(filled: Byline) -> None:
    ran = filled("search", "ferry captain", "--top", "1")
    assert ran.code == 0
    shown = " ".join(ran.out.split())
    assert "Ferry back in service, Coast Post, 5 March 2024, ferry.md, characters 0–" in shown
    assert "score " in shown
    plain = filled("search", "ferry captain", "--json").json
    assert plain["query"] == "ferry captain"
    first = plain["passages"][0]
    assert (first["source"], first["title"], first["publisher"], first["published"]) == (
        "ferry.md",
        "Ferry back in service",
        "Coast Post",
        "2024-03-05",
    )
    assert "2 articles" not in filled("search", "x", "--since", "2024").err
    assert "1 article without a known date left out" in filled("search", "x", "--since", "2024").err


# ---------------------------------------------------------------- looking


def test_articles_are_listed_one_a_line(filled: Byline) -> None:
    lines = [line.split("\t") for line in filled("articles").out.splitlines()]
    assert [(line[0], line[1], line[3]) for line in lines] == [
        ("2024-03-05", "Coast Post", "ferry.md"),
        ("", "", "orchard.txt"),
        ("2024-05-01", "Hill Herald", "school.md"),
    ]
    plain = filled("articles", "--json").json
    assert [item["source"] for item in plain] == ["ferry.md", "orchard.txt", "school.md"]
    assert plain[0]["passages"] >= 1


def test_stories_are_articles_on_one_event(filled: Byline, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "ferry.md").write_text(STORIES["ferry.md"] + "\n\nDivers went down.\n")
    filled("ingest", "more")
    ran = filled("stories")
    assert re.fullmatch(r" +2  .+ \(5 March 2024, 1 outlet\)\n", ran.out)
    assert "1 story of two or more articles." in ran.err
    (story,) = filled("stories", "--json").json
    assert {item["source"] for item in story["articles"]} == {"ferry.md"}
    assert (story["first"], story["outlets"]) == ("2024-03-05", ["Coast Post"])
    assert filled("stories", "--until", "2023").out == ""


def test_an_answer_is_verified_and_one_that_was_altered_is_not(
    filled: Byline, tmp_path: Path
) -> None:
    answer = filled("ask", QUESTION, "--json").json
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    whole = filled("verify", "answer.json")
    assert whole.code == 0
    assert whole.out.startswith("ok       answer 1, claim 1, quote 1: “Rosa Lind")
    assert "all as the archive has them" in whole.out
    answer["claims"][0]["quotes"][0]["text"] = (
        "Rosa Bind" + answer["claims"][0]["quotes"][0]["text"][9:]
    )
    altered = filled("verify", "-", stdin=json.dumps([answer]))
    assert altered.code == 3
    assert "DIFFERS  answer 1, claim 1, quote 1:" in altered.out
    plain = filled("verify", "--json", stdin=json.dumps(answer))
    assert (plain.code, plain.json["ok"], plain.json["failed"]) == (3, False, 2)
    assert [item["reason"] for item in plain.json["quotes"] if not item["ok"]] == [
        "text is not what its quotes say",
        "the article has other words there",
    ]


def test_what_was_read_but_not_shown_is_counted_apart(filled: Byline) -> None:
    answer = filled("ask", QUESTION, "--json").json
    shown = answer["claims"][0]["quotes"][0]["source"]
    assert filled("remove", "school.md", "orchard.txt", "--yes").code == 0
    assert shown == "ferry.md"
    answer["claims"] = answer["claims"][:1]
    answer["text"] = answer["claims"][0]["text"]
    ran = filled("verify", stdin=json.dumps(answer))
    assert ran.code == 0
    assert "DIFFERS" not in ran.out
    assert "1 quote of 1 answer checked with every field cited" in ran.out
    assert "that were read but not shown differ (--all lists them)" in ran.out
    assert "DIFFERS" in filled("verify", "--all", stdin=json.dumps(answer)).out
    plain = filled("verify", "--json", stdin=json.dumps(answer)).json
    assert (plain["ok"], plain["failed"]) == (True, 0)
    assert plain["failed_unseen"] > 0


def test_a_run_file_is_verified_without_its_errors(filled: Byline) -> None:
    answer = filled("ask", QUESTION, "--json").json
    lines = [
        {"id": "q1", "answer": answer},
        {"id": "q2", "error": {"code": "failure"}},
        {"id": "q3", "answer": answer},
    ]
    ran = filled("verify", "--json", stdin="\n".join(map(json.dumps, lines)) + "\n")
    assert (ran.code, ran.json["answers"], ran.json["skipped"]) == (0, 2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "{}",
        "[]",
        '{"claims": [\n',
        "[1, 2]",
        '{"claims": "x"}',
        '{"claims": [{"quotes": 3}]}',
    ],
)
def test_what_holds_no_answer_cannot_be_verified(filled: Byline, text: str) -> None:
    ran = filled("verify", "--json", stdin=text)
    assert (ran.code, ran.json["error"]["code"]) == (2, "usage")


def test_a_file_that_is_not_there_cannot_be_verified(filled: Byline) -> None:
    ran = filled("verify", "nowhere.json")
    assert ran.code == 2
    assert ran.err.count("nowhere.json") == 1
    assert "byline ask" in ran.err


def test_doctor_finds_damage_and_rebuilds(filled: Byline, tmp_path: Path) -> None:
    sound = filled("doctor")
    assert sound.code == 0
    assert all(line.startswith("ok ") for line in sound.out.splitlines())
    for path in (tmp_path / "archive" / "words-1").iterdir():
        path.unlink()  # it may be mapped into memory: cut short, it would end this process
        path.write_bytes(b"no index")
    damaged = filled("doctor", "--json")
    assert (damaged.code, damaged.json["ok"]) == (1, False)
    assert [finding["part"] for finding in damaged.json["findings"] if not finding["ok"]] == [
        "lexical index"
    ]
    assert "byline doctor --rebuild" in filled("doctor").out
    assert filled("doctor", "--rebuild").code == 0
    assert filled("ask", QUESTION, "--json").json["claims"][0]["quotes"][0]["source"] == "ferry.md"


# ---------------------------------------------------------------- removing


def test_articles_are_removed_by_source_or_id(filled: Byline) -> None:
    listed = {item["source"]: item["article_id"] for item in filled("articles", "--json").json}
    ran = filled("remove", "ferry.md", listed["school.md"], "ferry.md", "--yes")
    assert (ran.code, ran.out) == (0, "2 articles removed.\n")
    assert [item["source"] for item in filled("articles", "--json").json] == ["orchard.txt"]
    again = filled("remove", "ferry.md", "--yes")
    assert (again.code, again.out) == (0, "0 articles removed.\n")
    assert "1 article had been removed before." in again.err
    assert (
        filled("remove", "orchard.txt", "-y", "--json").json["removed"][0]["source"]
        == "orchard.txt"
    )


def test_one_unknown_name_and_nothing_is_removed(filled: Byline) -> None:
    ran = filled("remove", "ferry.md", "fery.md", "--yes", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (2, "usage")
    assert "'fery.md'" in ran.json["error"]["message"]
    assert len(filled("articles", "--json").json) == 3


def test_a_table_is_removed_by_its_rows(filled: Byline, tmp_path: Path) -> None:
    rows = "title,text\nQuay sold,The quay was sold on Sunday to a builder.\n"
    rows += "Mill sold,The mill was sold on Monday.\n"
    (tmp_path / "stories" / "sales.csv").write_text(rows)
    filled("ingest", "stories")
    ran = filled("remove", "sales.csv", "--yes")
    assert ran.code == 2
    assert "sales.csv holds 2 articles; nothing was changed." in ran.err
    assert "sales.csv#1, sales.csv#2" in ran.err


def test_an_address_is_refused_in_a_sentence(filled: Byline) -> None:
    ran = filled("ingest", "https://news.example/quay")
    assert "refused https://news.example/quay cannot be fetched: save the page" in ran.out


def test_a_source_of_two_articles_has_to_be_named_by_id(filled: Byline, tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "ferry.md").write_text(STORIES["ferry.md"])
    assert filled("ingest", "others").code == 0
    ran = filled("remove", "ferry.md", "--yes")
    assert ran.code == 2
    assert "2 articles are called 'ferry.md'" in ran.err


def test_removing_is_confirmed_by_somebody(filled: Byline, monkeypatch: pytest.MonkeyPatch) -> None:
    assert filled("remove", "ferry.md").code == 2
    monkeypatch.setattr("rag.app.commands.change.at_terminal", lambda: True)
    assert filled("remove", "ferry.md", stdin="n\n").code == 1
    assert len(filled("articles", "--json").json) == 3
    ran = filled("remove", "ferry.md", stdin="y\n")
    assert ran.code == 0
    assert "ferry.md: Ferry back in service" in ran.err
    assert len(filled("articles", "--json").json) == 2


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", QUESTION, "--since", "yesterday"], "--since: not a date: 'yesterday'"),
        (["ask", QUESTION, "--as-of", "2024-02-30"], "--as-of: no such date"),
        (["ask", QUESTION, "--since", "2025", "--until", "2024"], "since 2025 is after until 2024"),
        (["ask", "  "], "The question is empty"),
        (["ask", QUESTION, "--kind", "price"], "'--kind': 'price' is not one of 'fact'"),
        (["ask", QUESTION, "--top", "0"], "Invalid value for '--top'"),
        (["ask", QUESTION, "--colour"], "No such option"),
        (["asks", QUESTION], "No such command"),
        (["ingest"], "Missing argument"),
        (["search", "x", "--until", "soon"], "--until: not a date"),
    ],
)
def test_a_call_that_makes_no_sense_is_a_usage_error_with_a_hint(
    filled: Byline, arguments: list[str], says: str
) -> None:
    ran = filled(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert says in " ".join(ran.err.split())
    assert len(ran.err.strip().splitlines()) == 2
    assert ran.err.count("2024-10-22") < 2
    plain = filled(*arguments, "--json")
    assert (plain.code, plain.err, plain.json["error"]["code"]) == (2, "", "usage")
    assert plain.json["error"]["hint"]


@pytest.mark.parametrize(
    "command",
    [
        ["ask", QUESTION],
        ["ask"],
        ["search", "x"],
        ["articles"],
        ["remove", "x"],
        ["reclean"],
        ["doctor"],
    ],
)
def test_without_an_archive_the_hint_says_how_to_fill_one(
    byline: Byline, command: list[str]
) -> None:
    ran = byline(*command, "--json")
    assert (ran.code, ran.json["error"]["code"]) == (1, "archive_not_found")
    assert "byline ingest" in ran.json["error"]["hint"]


def test_a_bad_setting_is_named_with_its_place(filled: Byline, tmp_path: Path) -> None:
    (tmp_path / "byline.toml").write_text("k = 'many'\n")
    ran = filled("ask", QUESTION)
    assert ran.code == 2
    assert "k in byline.toml" in ran.err


def test_what_nobody_foresaw_is_told_in_one_line_unless_more_is_asked_for(
    filled: Byline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk hums \x1b[31m")

    monkeypatch.setattr("rag.store.database.Snapshot.listing", broken)
    ran = filled("articles")
    assert (ran.code, ran.err.splitlines()[0]) == (1, "error: RuntimeError: the disk hums ")
    assert filled("articles", "--json").json["error"]["code"] == "failure"
    with pytest.raises(RuntimeError):
        main(["articles", "--verbose"])


def test_json_can_be_sent_to_any_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"text": "“é” \x9b31m \u202e \x1b[2J \ud800 \x7f"}
    terminal.show_json(value)
    out = capsys.readouterr().out
    assert json.loads(out) == value
    assert "“é”" in out
    assert not any(character in out for character in "\x9b\u202e\x1b\ud800\x7f")


# ---------------------------------------------------------------- as people run it

# getaddrinfo and connect are what every library goes through; a local socket pair stays allowed.
BLOCKED = """
import socket, sys
def refuse(*_, **__): raise OSError("the network was asked for")
socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = socket.create_connection = refuse
from rag.app.cli import main
folder, question = sys.argv[1:]
assert main(["demo", "--archive", folder]) == 0
sys.exit(main(["ask", question, "--archive", folder, "--json"]))
"""
HEAVY = (
    "torch",
    "chromadb",
    "tantivy",
    "gradio",
    "llama_index",
    "sentence_transformers",
    "transformers",
    "numpy",
    "trafilatura",
)


def python(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Another interpreter, with this checkout first on its path."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("BYLINE_")
    }
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        encoding="utf-8",
        env=environment | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | more,
        check=False,
        timeout=300,
    )


def test_help_is_there_within_a_third_of_a_second() -> None:
    # Processor time: what else runs on the machine is not the command's.
    def spent() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def best(*arguments: str) -> float:
        times = []
        for _ in range(3):
            start = spent()
            assert python(*arguments).returncode == 0
            times.append(spent() - start)
        return min(times)

    bare = best("-c", "pass")
    assert best("-m", "rag.app.cli", "--help") - bare <= 0.35


def test_nothing_heavy_is_imported_for_help_or_with_the_packages() -> None:
    code = (
        "import sys, rag, ingest, rag.app.cli, rag.engine, rag.app.reports, ingest.pipeline\n"
        "rag.app.cli.main(['--help'])\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    ran = python("-c", code)
    assert ran.stdout.splitlines()[-1] == "[]", ran.stdout + ran.stderr


def test_the_demo_answers_with_the_network_out_of_reach(tmp_path: Path) -> None:
    folder, question = tmp_path / "demo", "Who is the head librarian of Thornwick?"
    ran = python("-c", BLOCKED, str(folder), question, HOME=str(tmp_path))
    assert (ran.returncode, ran.stderr) == (0, "")
    *demo, answer = ran.stdout.splitlines()
    told = "\n".join(demo)
    assert told.count("\n? ") == 4
    assert "Ruth Ellery" in told
    # The opening says that the last question, and it alone, has no answer.
    assert "do not answer the last of four questions" in " ".join(told.split())
    parts = told.split("\n? ")[1:]
    assert ["do not say" in part for part in parts] == [False, False, False, True]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert json.loads(answer)["passages"][0]["source"].startswith("library-")
