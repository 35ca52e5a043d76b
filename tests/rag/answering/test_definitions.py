"""Who or what something is: the question that asks it, and the sentences that explain it."""

from __future__ import annotations

import pytest

from rag.answering.asked.definitions import Term, asked_term, explaining_first, explanation
from tests.rag.news.readings import Told, reading_of


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("Who is Nora Bell?", Term("Nora Bell", is_name=True)),
        ("who was nora bell", Term("nora bell", is_name=True)),
        ("Can you tell me what Skarn Line is?", None),
        ("What's a podcast?", Term("podcast", is_name=False)),
        ("What is Skarn 2?", Term("Skarn 2", is_name=True)),
        ("What is Talk Less, Read More?", Term("Talk Less, Read More", is_name=True)),
        ("What was the Tull Drive campaign?", Term("Tull Drive", True, "campaign")),
        ("What is Dell's Talk, Then Act scheme?", Term("Talk, Then Act", True, "scheme")),
        ("What was the Skarn fire?", None),
        ("Who is the mayor of Skarn?", None),
        ("What is going on?", None),
        ("What was the score?", None),
        ("What is it?", None),
        ("Who is Home Secretary?", None),
        ("who was shot dead", None),
        ("who is suing microsoft", None),
        ("What is the price of oil?", None),
    ],
)
def test_what_a_question_asks_to_explain(question: str, term: Term | None) -> None:
    assert asked_term(question) == term


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("The Tull Drive campaign is a plea for quiet streets.", "a plea for quiet streets"),
        ("The Tull Drive, a plea for quiet streets, began.", "a plea for quiet streets"),
        ("Under the Tull Drive scheme, farmers lend carts to Dell.", "farmers lend carts to Dell"),
        ("They backed the new campaign Tull Drive.", "new campaign"),
        ("They sang the new album Tull Drive.", None),
    ],
)
def test_where_a_text_says_what_bears_a_name(text: str, what: str | None) -> None:
    found = explanation(Term("Tull Drive", True, "campaign"), text)
    assert (text[found.span.start : found.span.end] if found else None) == what


@pytest.mark.parametrize(
    ("term", "text", "what"),
    [
        ("Skarn", "Skarn is a port in the north, which freezes in March.", "a port in the north"),
        ("Nora Bell", "On Monday Nora Bell, the mayor of Dell, resigned.", "the mayor of Dell"),
        ("Tull", "They met at Tull - the oldest inn of the coast - in May.", None),
        (
            "Skarn",
            "Skarn - the oldest port of the coast - was sold.",
            "the oldest port of the coast",
        ),
        ("Nora Bell", "The bid was led by ferry owner Nora Bell.", "ferry owner"),
        ("Ida Voss", "It was signed by Foreign Minister Ida Voss.", "Foreign Minister"),
        ("Nora Bell", f"{'word ' * 200}by ferry owner Nora Bell.", "ferry owner"),
        ("ian mcewan", "Ian McEwan is a writer.", "a writer"),
        ("Nora Bell", "The prime minister called Nora Bell on Monday.", None),
        ("Nora Bell", "Nora Bell, her husband and two children were killed.", None),
        ("Nora Bell", "Tull denied that Nora Bell was a spy.", None),
        ("Nora Bell", "He met chief executive Nora Bell.", "chief executive"),
        ("Skarn", "Trains run to Leeds, Bath, or Skarn.", None),
        ("Skarn", "Owning Skarn is a dream.", "a dream"),
        ("Skarn", "In Skarn, a bomb killed ten people on Monday.", None),
        ("Tull", "Half of the ships are called Tull, the firm said.", None),
        ("Tull", "Half of the ships are called Tull, a spokesman said.", None),
        ("Nora Bell", "Nora Bell is the woman accused.", "the woman accused"),
        ("Skarn", "The price of Skarn is a secret.", None),
        ("Nora", "The bid was led by ferry owner Nora Bell.", None),
        ("Nora Bell", "Yesterday she said Nora Bell had left.", None),
        ("Skarn", "It has now Skarn to thank.", None),
        ("Skarn 2", "Some 40 tons Skarn 2 weighs.", None),
    ],
)
def test_where_a_sentence_explains_a_name(term: str, text: str, what: str | None) -> None:
    found = explanation(Term(term, is_name=True), text)
    assert (found and text[found.span.start : found.span.end]) == what


def test_a_common_word_is_explained_with_a_verb_or_another_word() -> None:
    podcast = Term("podcast", is_name=False)
    assert explanation(podcast, "Podcasts are the radio of the web.") is not None
    assert explanation(podcast, "Radio shows called podcasts are free.") is not None
    assert explanation(podcast, "The first podcast was made in May.") is None


def test_sentences_that_explain_come_first_with_that_as_their_short_answer() -> None:
    reading = reading_of(
        [
            Told("The works closed when [Piet Hollander] met Nora Bell.", score=0.8),
            Told("They were told by their guest Nora Bell.", score=0.5),
            Told("The strike of ferry owner Nora Bell was called off.", score=0.3),
            Told("In May ferry owner Nora Bell spoke.", score=0.2),
        ]
    )
    found = explaining_first(reading.candidates, Term("Nora Bell", is_name=True))
    shorts = [
        item.article.text[item.answer.start : item.answer.end] for item in found if item.answer
    ]
    assert shorts == ["ferry owner", "ferry owner", "guest", "Piet Hollander"]
    assert [item.score for item in found] == [0.8, 0.5, 0.3, 0.2]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Mr Bell was one of the first pilots of Skarn.", "one of the first pilots of Skarn"),
        ("Mr Orr was one of the first pilots of Skarn.", None),
        ("As a student Mr Bell rowed.", None),
    ],
)
def test_a_surname_with_a_title_is_the_person_whom_the_article_names(text, what) -> None:
    term = Term("Otto Bell", is_name=True)
    found = explanation(term, text, is_known=True)
    assert (text[found.span.start : found.span.end] if found else None) == what
    assert explanation(term, text) is None, "another Mr Bell, where nobody is named so"


@pytest.mark.parametrize(
    ("also", "what"),
    [("", "one of the first pilots"), ("Mr Bell was late.", "Mrs Bell")],
)
def test_two_titles_are_two_people(also, what) -> None:
    told = Told(f"[Mrs Bell] was one of the first pilots. Eva Bell flew. {also}")
    (first,) = explaining_first(reading_of([told]).candidates, Term("Eva Bell", is_name=True))
    assert first.answer is not None
    assert first.article.text[first.answer.start : first.answer.end] == what
