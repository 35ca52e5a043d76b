"""Different answers of different articles are rivals; the same one in other words is none."""

from __future__ import annotations

import json

import pytest

from rag.errors import ModelError
from rag.model import Candidate, Reading, Sentence, Span
from rag.news.conflicts import positions_on
from rag.news.rivals import FEATURES, RIVALS_FILE, bounds, compared, features, fitted_rivals, rivals
from rag.news.sides import sides
from rag.news.values import Form, answer_value
from tests.fakes import entry
from tests.rag.news.readings import Told, reading_of

QUESTION = "How many members of the Harbour Union walked out in Fennmouth?"
FIRST = Told("The Harbour Union says that [640 members] walked out in Fennmouth.", score=0.9)
SAME = Told("All [six hundred and forty] members of the union walked out in Fennmouth.", score=0.8)
OTHER = Told(
    "Only [460 members] of the Harbour Union walked out in Fennmouth, police say.", score=0.7
)
ELSE = Told("The port has [14 ships] to unload.", score=0.001)


def test_sides_are_grouped_by_value_best_first() -> None:
    found = sides(QUESTION, reading_of([FIRST, SAME, OTHER]))
    assert [side.best.value.text for side in found] == ["640 members", "460 members"]
    assert [len(side.articles) for side in found] == [2, 1]


def test_what_hardly_answers_is_no_side() -> None:
    assert len(sides(QUESTION, reading_of([FIRST, ELSE]))) == 1


def test_where_no_answer_has_a_figure_nothing_is_a_rival() -> None:
    told = reading_of([Told("The union walked out [in anger].", score=0.9)])
    assert rivals(QUESTION, told) == ()


def test_another_number_for_the_same_thing_is_a_rival() -> None:
    found = rivals(QUESTION, reading_of([FIRST, SAME, OTHER]))
    assert [side.best.value.text for side in found] == ["640 members", "460 members"]


def test_an_answer_too_unlikely_to_be_shown_is_no_rival_unless_of_the_same_event() -> None:
    # "Ismail Haniyeh was killed on 31 July" contradicts no answer about missiles of October.
    elsewhere = Told("Only [460 members] of the guild walked out at Skarn.", score=0.05)
    assert len(sides(QUESTION, reading_of([FIRST, elsewhere]))) == 2
    assert rivals(QUESTION, reading_of([FIRST, elsewhere])) == ()
    assert rivals(QUESTION, reading_of([FIRST, elsewhere._replace(score=0.8)])) != ()
    assert rivals(QUESTION, reading_of([FIRST, OTHER._replace(score=0.05)])) != ()


def test_the_same_number_is_none() -> None:
    assert rivals(QUESTION, reading_of([FIRST, SAME])) == ()


def test_an_article_with_both_values_contradicts_nothing() -> None:
    question = "When will the Fennmouth ferry stop?"
    best = Told("The Fennmouth ferry will stop on [30 June].", "2026-01-14", 0.9)
    again = "The Fennmouth ferry had been due to stop on 30 June."
    other = "The port voted to stop the Fennmouth ferry in January."
    for text, number in ((f"{other} {again}", 0), (other, 1)):
        made = entry("both.txt", text, published="2026-04-29")
        candidates = [
            Candidate(made.article, sentence, 0.2, _date_in(text, sentence, word), 1)
            for sentence, word in zip(made.sentences, ("January", "30 June"), strict=False)
        ]
        first = reading_of([best]).candidates
        found = sides(question, Reading((*first, *candidates), 0.1))
        assert len(found) == 2
        assert len(compared(question, found)) == number


def _date_in(text: str, sentence: Sentence, words: str) -> Span:
    start = text.index(words, sentence.start)
    return Span(start, start + len(words))


def test_figures_and_words_without_any_are_no_rivals() -> None:
    told = reading_of(
        [
            Told("The Fennmouth board voted [to close the pier].", score=0.9),
            Told("The Fennmouth board voted [nine to four] for it.", score=0.8),
        ]
    )
    question = "How did the Fennmouth board vote?"
    assert len(sides(question, told)) == 2
    assert compared(question, sides(question, told)) == []


@pytest.mark.parametrize(("figure", "has_room"), [("seven", True), ("three", False)])
def test_at_least_so_many_leaves_room_for_more(figure, has_room) -> None:
    told = reading_of(
        [
            Told("At least [five people] drowned off Fennmouth on Friday.", score=0.9),
            Told(f"The storm off Fennmouth drowned [{figure} people].", score=0.8),
        ]
    )
    question = "How many people drowned off Fennmouth?"
    one, two = sides(question, told)
    assert bounds(one.best.value, two.best.value) == has_room


def test_lengths_in_metres_are_compared() -> None:
    told = reading_of(
        [
            Told("The Ferrow rose to [5.4 metres] at Fennmouth.", score=0.9),
            Told("The Ferrow reached [5.6 metres] at Fennmouth.", score=0.8),
        ]
    )
    assert len(sides("How high did the Ferrow rise?", told)) == 2


@pytest.mark.parametrize(
    ("before", "thing"),
    [
        ("The council puts the number of flooded homes at", "home"),
        ("The number of homes flooded reached", "home"),
        ("The number of people killed rose to", "person"),
        ("It put the number of jobs lost to", "job"),
        ("The number of children who died is", "child"),
        ("It put the number of the dead at", ""),
    ],
)
def test_a_number_of_things_counts_them_where_they_stand_before_it(before, thing) -> None:
    start = len(before) + 1
    found = answer_value(f"{before} 460.", start, start + 3, Form.NUMBER, None)
    assert found is not None
    assert found.counted == thing


def test_two_numbers_of_one_article_are_not_compared() -> None:
    reading = reading_of([FIRST])
    both = sides(QUESTION, reading)
    assert compared(QUESTION, (*both, *both)) == []


def test_the_stronger_the_other_answer_the_likelier_it_is_a_rival() -> None:
    model = fitted_rivals()

    def chance(score: float) -> float:
        best, other = sides(QUESTION, reading_of([FIRST, OTHER._replace(score=score)]))
        return model.chance(features(QUESTION, best, other))

    assert chance(0.02) < chance(0.1) < chance(0.8)


@pytest.mark.parametrize(
    ("question", "best", "apart", "both"),
    [
        (
            "Where did the ferry sink?",
            "The Skarn ferry sank in [Hollmark] on Monday.",
            "The Skarn ferry sank in [Dell Sound] on Monday.",
            "The Skarn ferry sank in [Dell Sound] on Monday, off Hollmark.",
        ),
        (
            "How many died on the ferry?",
            "On the Skarn ferry [21 people] died on Monday.",
            "On the Skarn ferry [14 people] died on Monday.",
            "On the Skarn ferry [14 people] died on Monday and 21 people since spring.",
        ),
    ],
)
def test_who_has_both_values_hardly_contradicts(question, best, apart, both) -> None:
    model = fitted_rivals()

    def odds(other: str) -> float:
        first, second = sides(question, reading_of([Told(best, score=0.9), Told(other, score=0.5)]))
        chance = model.chance(features(question, first, second))
        return chance / (1 - chance)

    assert odds(both) < odds(apart) / 2


def test_the_wounded_are_no_answer_to_a_question_for_the_killed() -> None:
    killed = Told("On the Skarn ferry [21 people] were killed.", score=0.5)
    hurt = Told("On the Skarn ferry [60 people] were injured.", score=0.9)
    found = sides("How many were killed on the Skarn ferry?", reading_of([hurt, killed]))
    assert [side.best.value.text for side in found] == ["21 people"]


def test_who_the_killed_were_is_no_other_state() -> None:
    told = [
        Told("At Skarn [21 hostages] were killed.", score=0.9),
        Told("At Skarn [14 people] were killed.", score=0.8),
    ]
    question = "How many people were killed at Skarn?"
    found = sides(question, reading_of(told))
    assert [side.best.value.text for side in found] == ["21 hostages", "14 people"]
    assert compared(question, found) == [found[1]]


def test_figures_of_different_states_are_not_compared() -> None:
    aboard = Told("The Skarn ferry had [129 people] aboard.", score=0.9)
    hurt = Told("On the Skarn ferry [27 people] were injured.", score=0.5)
    question = "How many people were on the Skarn ferry?"
    found = sides(question, reading_of([aboard, hurt]))
    assert len(found) == 2
    assert compared(question, found) == []


@pytest.mark.parametrize(
    "country",
    [
        "The ferry sailed from the Hollmark docks in [Belland].",
        "In [Belland] the ferry sailed from Hollmark.",
    ],
)
def test_a_place_within_the_other_is_no_rival(country) -> None:
    question = "Where did the ferry leave from?"
    port = Told("The ferry left from [Hollmark harbour] in Belland.", score=0.9)
    for place in (port, port._replace(sentence="The ferry left from [Hollmark harbour].")):
        found = sides(question, reading_of([place, Told(country, score=0.8)]))
        assert len(found) == 2
        assert compared(question, found) == []


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            "Who won the Skarn race?",
            "In the Skarn race [Agnes Tull] beat Bo Orr.",
            "In the Skarn race [Bo Orr] beat Agnes Tull.",
        ),
        (
            "Who bought the mill?",
            "[Norfin] bought the mill from Halden.",
            "[Halden] bought the mill from Norfin.",
        ),
    ],
)
def test_sentences_that_swap_the_answers_are_compared(question, one, other) -> None:
    found = sides(question, reading_of([Told(one, score=0.9), Told(other, score=0.8)]))
    assert compared(question, found) == [found[1]]


def test_the_value_of_several_reports_comes_first() -> None:
    other = Told("On the Skarn ferry [34 people] died in 1998.", score=0.7)
    told = [Told(f"On the Skarn ferry 21 people died, {who} said.", score=0.6) for who in "AB"]
    told = [
        item._replace(sentence=item.sentence.replace("21", "[21").replace("people", "people]"))
        for item in told
    ]
    found = sides("How many died on the Skarn ferry?", reading_of([other, *told]))
    assert found[0].best.value.text == "21 people"


def test_figures_of_the_killed_come_before_vaguer_ones_where_the_killed_are_asked_for() -> None:
    staff = Told("The Skarn mill employs [80 people].", score=0.98)
    killed = Told("At the Skarn mill [two people] were killed.", score=0.97)
    found = sides("How many people died at the Skarn mill?", reading_of([staff, killed]))
    assert [side.best.value.text for side in found] == ["two people", "80 people"]


def test_the_shipped_weights_are_for_these_features() -> None:
    plain = json.loads(RIVALS_FILE.read_text(encoding="utf-8"))
    assert set(plain["weights"]) == set(FEATURES)


def test_weights_for_other_features_are_refused(tmp_path) -> None:
    path = tmp_path / "rivals.json"
    path.write_text('{"weights": {"score": 1}, "bias": 0, "threshold": 0.5}')
    with pytest.raises(ModelError):
        fitted_rivals(path)


@pytest.mark.parametrize(
    ("question", "best", "other"),
    [
        (
            "How many matches did Tull win?",
            "In the past [two seasons] Tull won at Skarn.",
            "At Skarn Tull won [50 matches].",
        ),
        (
            "How many passengers were on the Brin?",
            "A ship took the [103 passengers], mostly Danes, and 26 sailors of the Brin.",
            "There were [129 people] on the Brin.",
        ),
    ],
)
def test_lengths_of_time_and_those_listed_beside_others_are_no_rivals(
    question, best, other
) -> None:
    found = sides(question, reading_of([Told(best, score=0.9), Told(other, score=0.8)]))
    assert len(found) == 2
    assert compared(question, found) == []


def test_who_died_in_events_days_apart_did_not_die_in_one() -> None:
    question = "How many people were killed at Skarn?"
    now = Told("At Skarn a blast killed [12 people] on Thursday.", "2026-03-06", 0.9)
    before = "The blast at Skarn killed [30 people] on 12 February."
    for published, number in (("2026-03-06", 0), ("2026-02-13", 1)):
        found = sides(question, reading_of([now, Told(before, published, 0.8)]))
        assert len(compared(question, found)) == number


def test_its_figure_is_not_that_of_a_name_that_stands_behind_it() -> None:
    question = "How much profit did Skarn make?"
    own = Told("Skarn made a net profit of [$52m].", score=0.9)
    rival = "Its [$17m] profit was dwarfed by the $204m announced by rival Skarn."
    named = "Its rival Skarn announced a profit of [$17m]."
    assert len(sides(question, reading_of([own, Told(rival, score=0.5)]))) == 1
    assert len(sides(question, reading_of([own, Told(named, score=0.5)]))) == 2


def test_copies_that_hardly_answer_are_no_sides() -> None:
    bid = Told("Reports have put the bid of Ann Tull for Skarn at [300 crowns].", score=0.6)
    shares = "Shares in Skarn were up [%s] at noon on Monday after a bid of Ann Tull."
    told = [bid, *(Told(shares % share, score=0.03) for share in ("4.7%", "5.2%"))]
    assert positions_on("How much did Ann Tull bid for Skarn?", reading_of(told)) == ()


def test_the_figure_of_another_name_is_no_side() -> None:
    question = "How many caps does Ann Tull have?"
    own = Told("Ann Tull has [27 caps].", score=0.9)
    veteran = Told("Bo Crane, a veteran of [101 caps], praised Ann Tull.", score=0.5)
    assert len(sides(question, reading_of([own, veteran]))) == 1
    spoken = Told("The coach, the news site Dell says, counts [28 caps] of Ann Tull.", score=0.5)
    assert len(sides(question, reading_of([own, spoken]))) == 2


@pytest.mark.parametrize(("title", "number"), [("Crane on tour", 1), ("Tull on tour", 2)])
def test_a_sentence_of_others_speaks_of_who_its_title_names(title, number) -> None:
    question = "How many caps does Ann Tull have?"
    own = reading_of([Told("Ann Tull has [27 caps].", score=0.9)]).candidates
    made = entry("other.txt", "In Dell 101 caps were won.", title=title)
    other = Candidate(made.article, made.sentences[0], 0.5, Span(8, 16), 2)
    assert len(sides(question, Reading((*own, other), 0.1))) == number


@pytest.mark.parametrize(
    ("said", "published", "is_rival"),
    [
        ("The Brin was lost on [12 January].", "2026-02-20", False),
        ("The Brin will be lost on [12 January].", "2026-01-02", True),
    ],
)
def test_a_weekday_of_the_report_is_not_a_day_long_before_unless_it_was_to_come(
    said, published, is_rival
) -> None:
    question = "When was the Brin lost?"
    other = Told("The loss of the Brin was confirmed on [Thursday].", "2026-02-20", 0.8)
    found = sides(question, reading_of([Told(said, published, 0.9), other]))
    assert len(found) == 2
    assert bool(compared(question, found)) == is_rival
