"""Who says each sentence: named before or after, "he added", quotations over several sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.model import Sentence
from rag.text.person_roles import Fit, Role, best_fit, roles_by_name
from rag.text.speakers import speakers
from tests.fakes import entry


def said(*sentences: str) -> list[str | None]:
    """The speaker of each sentence of one paragraph."""
    spans, start = [], 0
    for sentence in sentences:
        spans.append(Sentence(start, start + len(sentence)))
        start += len(sentence) + 1
    return [one and one.name for one in speakers(" ".join(sentences), spans)]


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("Mayor Anna Reyes said the bridge would open.", "Anna Reyes"),
        ('"The bridge will open," said Mayor Anna Reyes.', "Anna Reyes"),
        ("Anna Reyes, the mayor of Aldwater, said the bridge would open.", "Anna Reyes"),
        ("Ms Reyes's deputy, Owen Tarrant, said it would open.", "Owen Tarrant"),
        ("The bridge will open, according to Owen Tarrant.", "Owen Tarrant"),
        ("A spokesman for the Dell Ferry Company said it would open.", "spokesman"),
        ("Mayor Anna Reyes of Aldwater said the bridge would open.", "Anna Reyes"),
        ("The Bank of Aldwater said the bridge would open.", "Bank of Aldwater"),
        ("The General Council of Skarn said it would open.", "Council of Skarn"),
        ("Chief Executive Anna Reyes said it would open.", "Anna Reyes"),
        ("Mayor of London Anna Reyes said it would open.", "Anna Reyes"),
        ("It would open, said Anna Reyes on Monday.", "Anna Reyes"),
        ("Anna Reyes promised it would open, a new book about the town claims.", "book"),
        ("The report, published on Monday, said Anna Reyes felt it would open.", "report"),
        ("The sources, allies of Anna Reyes and Bo Tull, said it would open.", "sources"),
        ("Anna Reyes said it would open, as Bo Tull claims.", "Anna Reyes"),
        ("It would open, said Anna Reyes, the mayor.", "Anna Reyes"),
        ("Anna Reyes, who came late, said Dell was shut.", "Anna Reyes"),
        ("Anna Reyes of Dell Ferries said it would open.", "Anna Reyes"),
        ("The Port Authority of Dell said it would open.", "Port Authority of Dell"),
        ("The Mayor of Aldwater said it would open.", "mayor"),
        ("Anna Reyes was told that the bridge would open.", None),
        ("Owen Tarrant, who said it would open, left for Fennmouth.", None),
        ('Harbour master Owen Tarrant: "The bridge is safe."', "Owen Tarrant"),
        ("Harbour master Owen Tarrant: a life in boats.", None),
        ('A banner on tax mocked Owen Tarrant: "Liar, liar."', None),
        ('A caller insulted Owen Tarrant: "Go home!"', None),
        ('From a letter to Mr Tarrant: "You are late."', None),
        ('Best Actor: "Ray" was a surprise.', None),
        ("It was no good Reyes claiming that it was safe, argued Owen Tarrant.", "Owen Tarrant"),
        ('Told that Owen Tarrant called her slow, Reyes said: "I am old."', "Reyes"),
        ("The bridge opened on Monday.", None),
        ("We lost the freedom which Reyes and Tarrant constantly tell us of.", None),
    ],
)
def test_the_subject_of_said_is_the_speaker(sentence: str, speaker: str | None) -> None:
    assert said(sentence) == [speaker]


def test_he_added_and_what_stands_in_quotation_marks_belong_to_the_last_speaker() -> None:
    assert said(
        "Harbour master Owen Tarrant said the pier was safe.",
        "But he accused the council of delay.",
        '"They have had a year," he added.',
        '"Nobody has come to look at it."',
        "The council meets on Friday.",
    ) == [*["Owen Tarrant"] * 4, None]


def test_a_quotation_belongs_as_a_whole_to_the_one_named_at_its_end() -> None:
    assert said(
        "The pier is shut.",
        '"I walked along it this morning.',
        'It is safe," Owen Tarrant told the Post.',
    ) == [None, "Owen Tarrant", "Owen Tarrant"]


def test_a_pronoun_that_may_mean_two_people_names_nobody() -> None:
    assert said(
        "Mr Owen Tarrant was dismissed by Mr Piet Hollander.",
        'But he said: "The pier is safe.',
        'It always was."',
    ) == [None, None, None]


def test_he_and_she_are_told_apart() -> None:
    assert said(
        "Mr Owen Tarrant said the pier was safe.",
        "Ms Anna Reyes has seen it.",
        'She said: "It is not."',
    ) == ["Owen Tarrant", None, "Anna Reyes"]


def test_a_verb_of_saying_without_subject_goes_on_with_the_last_speaker() -> None:
    assert said('Ms Reyes insisted: "It is shut."', 'And added: "It stays shut."') == [
        "Reyes",
        "Reyes",
    ]


def test_roles_are_read_before_and_after_a_name() -> None:
    texts = ["Post director Lena Ostrom spoke.", "Lena Ostrom, the founder of the Post, left."]
    called = roles_by_name(texts)
    assert {Role("director", ("Post",)), Role("founder", ("Post",))} <= called["ostrom"]
    assert "reyes" not in called


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Lena Ostrom, head of Dell's police union, left.", ("head", ("Dell", "police", "union"))),
        ("Lena Ostrom, chief executive of Tarn Mill, left.", ("ceo", ("Tarn", "Mill"))),
        ("The chairman of the Post, Lena Ostrom, left.", ("chairman", ("Post",))),
        ("Dell Chief Executive Officer Lena Ostrom left.", ("ceo", ("Dell",))),
        ("Mayor of London Lena Ostrom left.", ("mayor", ("London",))),
    ],
)
def test_the_house_of_a_role_stands_before_or_behind_it(
    text: str, role: tuple[str, tuple[str, ...]]
) -> None:
    assert Role(*role) in roles_by_name([text])["ostrom"]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Dell boss Agnes Ostrom said so.", ("boss", ("Dell",))),
        ("Dell manager Sir Agnes Ostrom said so.", ("manager", ("Dell",))),
        ("Mayor Dr Agnes Ostrom said so.", ("mayor", ())),
        ("A senior mayor, Agnes Ostrom, said so.", ("mayor", ("senior",))),
        ("Asked, ex-Foreign Minister Agnes Ostrom said so.", ("minister", ("ex", "Foreign"))),
    ],
)
def test_a_role_stands_before_a_name(text: str, role: tuple[str, tuple[str]]) -> None:
    assert Role(*role) in roles_by_name([text])["ostrom"]


def test_how_good_a_mayor_somebody_would_be_calls_nobody_mayor() -> None:
    assert roles_by_name(["It shows how good a mayor Agnes Ostrom will make."]) == {}


@pytest.mark.parametrize(
    ("sentence", "fits"),
    [
        ("The director said it was shut.", True),
        ("The Post director said it was shut.", True),
        ("The veteran director said it was shut.", True),
        ("The Mail director said it was shut.", False),
        ("The directors said it was shut.", False),
        ("The prime minister said it was shut.", True),
        ("The former prime minister said it was shut.", True),
        ("The shadow prime minister said it was shut.", False),
        ("The finance minister said it was shut.", False),
        ("The Finance Minister said it was shut.", False),
        ("The Tarn prime minister said it was shut.", False),
        ('"It is shut," said the finance minister.', False),
        ('"It is shut," said the prime minister.', True),
        ('"It is shut," said the Mail director.', False),
        ("Lena Ostrom said it was shut.", False),
    ],
)
def test_the_director_of_something_else_is_somebody_else(sentence: str, fits: bool) -> None:
    texts = ["Dell Post director Lena Ostrom came.", "Dell Prime Minister Lena Ostrom left."]
    (speaker,) = speakers(sentence, [Sentence(0, len(sentence))])
    assert speaker is not None
    own = [role for role in roles_by_name(texts)["ostrom"] if role.noun == speaker.role.noun]
    assert (best_fit(own, speaker.role) not in (None, Fit.OTHER)) is fits


def test_he_is_nobody_who_is_a_woman() -> None:
    assert said(
        "Mayor Anna Reyes said she would shut the pier. Her deputy had filmed the pier.",
        'In the film he says, "It is a fine pier."',
    ) == ["Anna Reyes", None]


@given(st.text(alphabet="AB said he, .\"“”'\n", min_size=1, max_size=80))
def test_any_text_has_one_entry_for_each_sentence(text: str) -> None:
    assert len(speakers(text, [Sentence(0, len(text))])) == 1


@pytest.mark.parametrize(
    "text", ["On the director, Lena Ostrom said no.", "It met the director. Lena Ostrom said no."]
)
def test_a_role_before_a_comma_or_a_full_stop_is_somebody_elses(text: str) -> None:
    assert roles_by_name([text]) == {}


def test_a_long_row_of_additions_has_an_end() -> None:
    made = entry("row", f"{'on Monday ' * 2000}said so.")
    assert len(speakers(made.article.text, made.sentences)) == len(made.sentences)
