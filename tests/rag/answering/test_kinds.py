"""Which kind of answer a question asks for: clear cases, hard neighbours, and any text at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.cues import asks_yes_or_no, cues
from rag.answering.kinds import KINDS, KINDS_FILE, classify, fitted_kinds
from rag.embed import LocalEmbedder
from rag.errors import ModelError
from rag.model import Kind
from tests.fakes import HashingEmbedder

CLEAR = {
    Kind.FACT: (
        "Who is the new mayor of Tromsø?",
        "when did the crash near Skarn happen",
        "Why did the harbour master resign?",
        "What did the harbour minister resign over?",
        "Hello, who won the regatta?",
        "can you tell me where the ferry was built",
    ),
    Kind.AMOUNT: (
        "How many harbour ministers resigned?",
        "how much did the new ferry cost",
        "What percentage of the islanders voted?",
        "How many dead and wounded were there when the pier fell?",
        "And how many of them were children?",
    ),
    Kind.LIST: (
        "Which harbour ministers resigned?",
        "Name all the towns that were flooded",
        "list the charges against the captain",
        "Who else was on the ferry?",
        "What were the demands of the dockers?",
    ),
    Kind.COMPARE: (
        "Is Skarn bigger than Tromsø?",
        "Compare the two ferries",
        "which bank earned more, Norfin or Halden?",
        "How does the new pier compare with the old one?",
    ),
    Kind.MANY_PARTS: (
        "Who won the regatta and by how much?",
        "When did the ferry sink and why?",
        "what was stolen, and who is the suspect?",
        "Where and when was the captain born?",
        "How many died and how many were hurt when the pier fell?",
        "How much did the ferry cost, and how much was the repair?",
        "How tall is the lighthouse and how many keepers has it?",
    ),
    Kind.YES_NO: (
        "Did Skarn beat Tromsø?",
        "did the captain say that the ferry was safe",
        "Has the pier been rebuilt?",
        "The mayor resigned, right?",
        "According to the coastguard, was the ferry overloaded?",
    ),
    Kind.SPEECH: (
        "What did the captain say about the crew?",
        "what does the mayor of Skarn say about the pier",
        "How did the union react to the offer?",
        "and what did she say about him?",
    ),
    Kind.BRIEF: (
        "Tell me about the ferry disaster",
        "What are the papers saying about the pier?",
        "Summarise the row about the harbour",
        "harbour strike",
        "Margarethe Halvorsen",
    ),
    Kind.TIMELINE: (
        "What happened after the ferry sank?",
        "timeline of the harbour strike",
        "How did the row about the pier develop?",
        "what happened next",
    ),
    Kind.ABOUT_ARCHIVE: (
        "How many articles mention Skarn?",
        "which newspapers are in this archive",
        "What dates do your articles cover?",
    ),
    Kind.HELP: ("Hello!", "thank you very much", "what can I ask you?", "bye bye"),
    Kind.ARTICLES: (
        "Show me articles about Skarn",
        "do you have any articles on ferries?",
        "stories about the harbour strike",
    ),
}
PAIRS = [(kind, question) for kind, questions in CLEAR.items() for question in questions]
ZEROS = np.zeros(384, dtype=np.float32)


@pytest.fixture(scope="module")
def embedder() -> LocalEmbedder:
    return LocalEmbedder()


@pytest.mark.parametrize(("kind", "question"), PAIRS, ids=[question for _, question in PAIRS])
def test_clear_questions_are_of_their_kind(
    kind: Kind, question: str, embedder: LocalEmbedder
) -> None:
    guess = classify(question, embedder)
    assert guess.kind is kind
    assert guess.certainty >= 0.5 or kind is Kind.FACT


@given(st.text(max_size=300))
def test_any_text_gets_a_kind_and_a_certainty(text: str) -> None:
    guess = classify(text, HashingEmbedder())
    assert guess.kind in KINDS
    assert 0 <= guess.certainty <= 1


@pytest.mark.parametrize(
    "text", ["", " \n", "?", "…", "…?!…", "'" * 50, "\ud83d\ude00 😀", "a " * 5000, "من فاز؟"]
)
def test_strange_text_gets_a_kind(text: str, embedder: LocalEmbedder) -> None:
    guess = classify(text, HashingEmbedder())
    assert guess.kind in KINDS
    assert classify(text, HashingEmbedder()) == guess


def test_what_is_not_certain_is_a_fact_or_yes_or_no() -> None:
    model = fitted_kinds()
    unsure = model._replace(threshold=1.1)
    for _, question in PAIRS:
        kind = Kind.YES_NO if asks_yes_or_no(question) else Kind.FACT
        assert unsure.guess(question, ZEROS).kind is kind
    chances = model.chances("Which ministers resigned?", ZEROS)
    assert chances.shape == (len(KINDS),)
    assert chances.sum() == pytest.approx(1)


def test_a_question_of_another_language_is_no_greeting(embedder: LocalEmbedder) -> None:
    for question in ("Wer hat die Regatta gewonnen?", "¿Quién ganó la regata en Bergen?"):
        guess = classify(question, embedder)
        assert guess.kind not in {Kind.HELP, Kind.ABOUT_ARCHIVE}


def test_politeness_and_lead_ins_do_not_change_how_a_question_begins() -> None:
    bare = {cue for cue in cues("who won the race?") if cue.startswith("begins:")}
    for led in ("hello, can you tell me who won the race?", "In the end, who won the race?"):
        assert bare <= cues(led)


def test_the_file_is_small_and_says_what_it_was_fitted_on() -> None:
    assert KINDS_FILE.stat().st_size < 300_000
    account = json.loads(KINDS_FILE.read_text(encoding="utf-8"))["account"]
    assert account["held_out"]["accuracy"] > 0.9
    assert sum(account["learnt"].values()) > 2500


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kinds": ["fact"]}'])
def test_weights_of_another_release_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "weights.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="no weights for this release"):
        fitted_kinds(path)


@pytest.mark.parametrize(
    ("question", "does"),
    [
        ("Was there a gale when the ferry sank?", True),
        ("so did the mayor resign", True),
        ("Is the boy who fell into the shaft alive?", True),
        ("Is the ferry red or blue?", False),
        ("Can you tell me who won?", False),
        ("Did she say why?", False),
        ("Was it late? Who was on board?", False),
        ("Who was on board?", False),
    ],
)
def test_questions_that_begin_with_an_auxiliary_verb(question: str, does: bool) -> None:
    assert asks_yes_or_no(question) is does


def test_a_mere_keyword_is_no_greeting() -> None:
    model = fitted_kinds()
    vector = np.zeros(model.dim, dtype=np.float32)
    assert model.guess("zzyzx", vector).kind is not Kind.HELP


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many documents were leaked in the Skarn Papers?", Kind.AMOUNT),
        ("How many documents are in the archive?", Kind.ABOUT_ARCHIVE),
        ("How long were Ann Tull and Bo Crane together?", Kind.AMOUNT),
        ("Was Ann Tull longer in office than Bo Crane?", Kind.COMPARE),
        ("What did Ann Tull offer Dell in her New Year speech?", Kind.FACT),
        ("What did Ann Tull promise in her speech?", Kind.SPEECH),
        ("What is the latest from Tull on taxes?", Kind.SPEECH),
        ("What is the latest on the strike?", Kind.BRIEF),
        ("What is the latest on the strike and what did Tull say?", Kind.MANY_PARTS),
    ],
)
def test_grammar_rules_out_what_the_words_suggest(question: str, kind: Kind) -> None:
    model = fitted_kinds()
    vector = np.zeros(model.dim, dtype=np.float32)
    assert model.guess(question, vector).kind is kind
