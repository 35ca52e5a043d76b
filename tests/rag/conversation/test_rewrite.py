"""Follow-ups in made-up dialogues, and laws that hold for any text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer import Answer
from rag.conversation.context import MAX_QUESTION
from rag.conversation.rewrite import Understood, context_of, date_beside, understand
from rag.conversation.turn import Turn
from rag.model import Claim, Filters, Quote, ShortAnswer, Status
from rag.text.names import bare_names
from rag.text.persons import pronoun_of
from rag.text.phrases import phrases

HEAD = Turn(
    "Who runs the observatory in Brackwell?",
    (
        "Edmund Vale, the observatory's director, said the dome would open in spring.",
        "Vale took over in May from Ida Sorley.",
    ),
    ("Edmund Vale",),
    ("Brackwell observatory gets a new mirror",),
)
SNOW = Turn(
    "How much snow fell at Brackwell in January?",
    ("The station measured 40 centimetres of snow in January and 12 in February.",),
    ("40 centimetres",),
    ("A winter without end",),
)
CRASH = Turn(
    "Why did the tram leave the rails near Corn Street?",
    (
        "The brakes had frozen on Miller Bridge, said Petra Holm, an engineer with the tram "
        "company.",
    ),
    ("The brakes had frozen",),
    ("Tram leaves the rails in Brackwell",),
)
SHOT = Turn(
    "When was Aldo Rinn arrested?",
    ("Aldo Rinn was arrested on 3 March in Brackwell.",),
    ("3 March",),
    ("Banker arrested",),
)
MET = Turn(
    "Who did Clara Voss meet in Tarn?",
    ("Clara Voss met Otto Lind, the mayor, in Tarn.",),
    ("Otto Lind",),
    ("Envoy in Tarn",),
)
WHOM = Turn(
    "Who was Edmund Vale?",
    ("“He wrote to me in May,” his brother Simon Vale told reporters.",),
    ("Simon Vale",),
    ("The man behind the mirror",),
)
CABINET = Turn(
    "Who was Chancellor?",
    ("Mr Blair said Gordon Brown was Chancellor. He praised him.",),
    ("Gordon Brown",),
    ("A new cabinet",),
)
STRIKE = Turn(
    "How many adults were hurt in the fire near Corn Street School?",
    ("Nine adults were hurt in the fire near Corn Street School.",),
    ("Nine",),
    ("Fire near school",),
)
WORK = Turn(
    "What did the work on Brackwell's museum cost?",
    ("The work cost 3 million crowns.",),
    ("3 million crowns",),
    ("Museum opens",),
)
TAKEN = Turn(
    "Where were the people of Tarn taken?",
    ("Crews moved the people of Tarn to the town hall.",),
    ("the town hall",),
    ("Landslip at Tarn",),
)
CHANGES = Turn(
    "How many trains ran on 23 October 2024?",
    ("On 23 October 2024 some 40 trains ran.",),
    ("40",),
    (),
)

CLUB = Turn(
    "Which German football club is near bankruptcy?",
    ("The football club Harwick Rovers has warned that it will go bankrupt.",),
    ("Harwick Rovers",),
    ("Rovers near bust",),
)
TARN_CLUB = Turn("Which Tarn club is near bankruptcy?", CLUB.answered, CLUB.short, CLUB.titles)
OFFICE = Turn(
    "Who is the chief executive of Skarn Line?",
    ("Owen Tarrant is the chief executive of Skarn Line.",),
    ("Owen Tarrant",),
)
PARTY = Turn(
    "Which party did Robert Hale-Wynn start?",
    ("Its leader, Otto Lind, has said he is glad to see the back of Mr Hale-Wynn.",),
    ("Coast Party",),
    ("Hale-Wynn starts party",),
)
SUCCESSOR = Turn(
    "Who will run Nordline after Orsen?",
    ("Ivar Lind will run Nordline, although Mr Orsen will remain chairman.",),
    ("Ivar Lind",),
)
RESIGNED = Turn("Did Mona Field resign?", ("Mona Field stays.",))
RACE = Turn(
    "Who crashed on the hill in the 2016 Skarn Cup?", ("Ivar Lind crashed.",), ("Ivar Lind",)
)
PAYMENT = Turn(
    "How much is Dell paying Skarn?", ("Dell is to pay Skarn 2 million.",), ("2 million",)
)
OWNED = Turn("What did Skarn's Heron carry?", ("Skarn's Heron carried coal.",), ("coal",))
CHART = Turn("Which machine tops the supercomputer list?", ("Nordlys is on top.",), ("Nordlys",))
TALKS = Turn(
    "Did Otto Lind meet Luc Ferrand in Tarn?",
    ("Otto Lind, the mayor, met Luc Ferrand, an envoy, in Tarn.",),
)

NOBODY = Turn(
    "Who is the head of Nordline?",
    ("“We sail on,” said Ivar Lind, who speaks for Nordline.", "Otto Lind sold it to Dell Lines."),
    ("Tarn",),
)
TOPIC = Turn("Tell me about RX cards", ("Mona Field is against the cards.",))
PRICE = Turn(
    "How much does the Skarn plus cost?", ("The Skarn plus costs 90 crowns.",), ("90 crowns",)
)


@pytest.mark.parametrize(
    ("turn", "question", "alone"),
    [
        (NOBODY, "When was he born?", "When was the head of Nordline born?"),
        (TOPIC, "Who is against them?", "Who is against the RX cards?"),
        (PRICE, "And the Nord mini?", "How much does the Nord mini cost?"),
        (HEAD, "and who replaced him?", "Who replaced Edmund Vale?"),
        (HEAD, "When did he start?", "When did Edmund Vale start?"),
        (HEAD, "What is his job?", "What is Edmund Vale's job?"),
        (CABINET, "When did he resign?", "When did Gordon Brown resign?"),
        (WHOM, "What did he do for a living?", "What did Edmund Vale do for a living?"),
        (
            HEAD,
            "How did he and his wife get there?",
            "How did Edmund Vale and his wife get in Brackwell?",
        ),
        (HEAD, "why?", "Why? (runs the observatory in Brackwell)"),
        (SNOW, "and in August?", "How much snow fell at Brackwell in August?"),
        (SNOW, "february?", "How much snow fell at Brackwell in February?"),
        (SNOW, "What about last year?", "How much snow fell at Brackwell last year?"),
        (SNOW, "and the month after?", "How much snow fell at Brackwell in February?"),
        (SNOW, "and in Tarn?", "How much snow fell in Tarn in January?"),
        (SNOW, "Who measured it?", "Who measured it? (snow fell at Brackwell in January)"),
        (CRASH, "What did she say about the brakes?", "What did Petra Holm say about the brakes?"),
        (CRASH, "When will the bridge open again?", "When will Miller Bridge open again?"),
        (CRASH, "How fast was it?", "How fast was the tram near Corn Street?"),
        (CRASH, "Was anyone hurt?", "Was anyone hurt? (the tram leave the rails near Corn Street)"),
        (
            CRASH,
            "What did the company promise?",
            "What did the company promise? (the tram leave the rails near Corn Street)",
        ),
        (CRASH, "When was that?", "When did the tram leave the rails near Corn Street?"),
        (SHOT, "Where?", "Where was Aldo Rinn arrested?"),
        (SHOT, "In which town?", "In which town was Aldo Rinn arrested?"),
        (SHOT, "By whom?", "By whom? (Aldo Rinn arrested)"),
        (MET, "And Edmund Vale?", "Who did Edmund Vale meet in Tarn?"),
        (MET, "and in Brackwell?", "Who did Clara Voss meet in Brackwell?"),
        (MET, "Why him?", "Why Otto Lind?"),
        (
            STRIKE,
            "And children?",
            "How many children were hurt in the fire near Corn Street School?",
        ),
        (
            STRIKE,
            "How many died?",
            "How many died? (adults hurt in the fire near Corn Street School)",
        ),
        (
            STRIKE,
            "When did it happen?",
            "When were adults hurt in the fire near Corn Street School?",
        ),
        (WORK, "How long did it take?", "How long did the work on Brackwell's museum take?"),
        (
            WORK,
            "What about the ferry?",
            "What about the ferry? (the work on Brackwell's museum cost)",
        ),
        (TAKEN, "What happened to their homes?", "What happened to the people of Tarn's homes?"),
        (
            TAKEN,
            "Who looked after them there?",
            "Who looked after the people of Tarn at the town hall?",
        ),
        (CHANGES, "and on the 22nd?", "How many trains ran on 22 October 2024?"),
        (CHANGES, "And in the year before?", "How many trains ran on 23 October 2023?"),
        (CLUB, "And who left as its chairman?", "Who left as Harwick Rovers' chairman?"),
        (TARN_CLUB, "And who left as its chairman?", "Who left as Harwick Rovers' chairman?"),
        (OFFICE, "Who founded it?", "Who founded Skarn Line?"),
        (OFFICE, "When did he start?", "When did Owen Tarrant start?"),
        (PARTY, "who is his deputy?", "Who is Robert Hale-Wynn's deputy?"),
        (SUCCESSOR, "what does he do now?", "What does Ivar Lind do now?"),
        (RESIGNED, "Why?", "Why did Mona Field resign?"),
        (RESIGNED, "And Why?", "Why did Mona Field resign?"),
        (RACE, "And who won?", "Who won? (the hill in the 2016 Skarn Cup)"),
        (PAYMENT, "When does Skarn get it?", "When does Skarn get it? (Dell paying Skarn)"),
        (OWNED, "How fast is it?", "How fast is Heron?"),
        (CHART, "who came second?", "Who came second? (machine tops the supercomputer list)"),
    ],
)
def test_a_follow_up_is_rewritten_to_stand_alone(turn: Turn, question: str, alone: str) -> None:
    assert understand(question, [turn]) == Understood(alone, True)


def test_two_persons_who_fit_are_both_offered_and_neither_is_put_in() -> None:
    assert understand("What did he say?", [TALKS]) == Understood(
        "What did he say? (Otto Lind meet Luc Ferrand in Tarn)",
        True,
        ("What did Otto Lind say?", "What did Luc Ferrand say?"),
    )
    assert understand("When did he start?", [OFFICE, TALKS]).readings != ()
    assert understand("Where?", [TALKS]).readings == ()


def test_the_last_turn_is_searched_for_beside_a_follow_up() -> None:
    assert context_of([]) == context_of([Turn("")]) == ""
    assert context_of([OFFICE, PARTY, Turn("")]) == (
        "Which party did Robert Hale-Wynn start? Hale-Wynn starts party"
    )


@pytest.mark.parametrize(
    "question",
    [
        "Is it true that the museum in Tarn has no roof?",
        "How long does it take to roast a chicken?",
        "How long has it been since the last strike at Harwick?",
        "What time is it?",
        "Was there a flood at Harwick?",
        "What did Mona Field say that the dockers want?",
        "Why did Mona Field say her office was cold?",
        "Who lost their homes in Harwick?",
        "Which bridge at Harwick was blocked, and when will it open?",
        "At the museum in Tarn, what did Jo Peck buy and when did he get there?",
        "What did Mona Field do with the desks, and why did she move them?",
        "What does the mayor of Harwick promise people who lost their homes?",
        "Which nine-year-old got his book signed first?",
        "What is a seed library?",
        "Why is the sky blue?",
        "Who founded Harwick Rovers?",
        "And who is Mona Field?",
        "How about the library in Harwick, when did it reopen?",
        "How many dockers walked out over night shifts?",
    ],
)
@pytest.mark.parametrize(
    "turn", [HEAD, SNOW, CRASH, STRIKE, TAKEN], ids=lambda turn: turn.titles[0]
)
def test_a_new_topic_is_left_as_it_is(question: str, turn: Turn) -> None:
    assert understand(f" {question}\n", [turn]) == Understood(f" {question}\n", False)


def test_a_pronoun_means_the_last_person_whom_it_fits() -> None:
    before = Turn(
        "Who had Edmund Vale's job before?",
        HEAD.answered[1:],
        ("Ida Sorley",),
        HEAD.titles,
        typed="Who had his job before?",
    )
    assert (
        understand("What does she do now?", [HEAD, before]).question
        == "What does Ida Sorley do now?"
    )
    assert (
        understand("What does he do now?", [HEAD, before]).question
        == "What does Edmund Vale do now?"
    )
    assert understand("What did he say?", [HEAD, SNOW]).question == "What did Edmund Vale say?"


def test_pronouns_of_names() -> None:
    assert pronoun_of("Ida Sorley", ["Ms Sorley left in May."]) == "she"
    assert (
        pronoun_of("Edmund Vale", ["“We wait,” Edmund Vale said. He had waited for years."]) == "he"
    )
    assert pronoun_of("Edmund Vale", ["Edmund Vale thanked Ida Sorley. She left."]) is None


def test_names_phrases_and_dates() -> None:
    assert bare_names("Why did Mayor Luc Tarn refuse Mona Field's offer on Monday?") == [
        "Luc Tarn",
        "Mona Field",
    ]
    assert bare_names("Crews slept at HARWICK. Tarn did not.", "the port of Tarn") == [
        "Harwick",
        "Tarn",
    ]
    assert phrases("When will the night ferry open in Tarn?", "The night ferry is full.") == [
        "the night ferry",
        "Tarn",
    ]
    assert (
        date_beside("July 2024", "the year before"),
        date_beside("Monday", "the month before"),
    ) == (
        "July 2023",
        None,
    )


def test_without_turns_a_question_is_left_as_it_is() -> None:
    assert understand(" why? ", []) == Understood(" why? ", False)
    assert understand("why?", [Turn("")]) == Understood("why?", False)


def test_a_turn_is_read_from_an_answer_and_from_malformed_json() -> None:
    quote = Quote("a", "v", "a.txt", "Observatory", 0, 12, "Vale runs it")
    claim = Claim("Vale runs it", (quote, quote), 0.9, 1.0, ShortAnswer("Vale", "a", "v", 0, 4))
    answer = Answer(
        "1",
        "and who?",
        "Who runs it?",
        Filters(),
        Status.ANSWERED,
        "extractive",
        "Vale runs it",
        0.9,
        1,
        claims=(claim,),
    )
    turn = Turn.of(answer)
    assert turn == Turn("Who runs it?", ("Vale runs it",), ("Vale",), ("Observatory",), "and who?")
    assert Turn.of_json(json.loads(json.dumps(answer.to_json()))) == turn
    assert Turn.of_json({"question": "Who?"}) == Turn("Who?", typed="Who?")
    assert Turn.of_json(
        {"question": 3, "claims": [{"text": None, "answer": "x", "quotes": [7, {}]}, "y"]}
    ) == Turn("")


# ---------------------------------------------------------------- laws

WORDS = st.sampled_from(
    "and what about who when where why how many did he she it they that this there the a in on "
    "near at of to said was is his her them Edmund Vale Ida Sorley Brackwell bridge Miller dome "
    "people August 2024 Monday not so then ( ) ? ! , ' ’s \n é 漢 \ud800".split(" ")
)
QUESTIONS = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS, max_size=14).map(" ".join),
    st.text(min_size=380, max_size=420),
)
TURNS = st.one_of(
    st.sampled_from([HEAD, SNOW, CRASH, SHOT, MET, STRIKE, WORK, TAKEN, CHANGES]),
    st.builds(
        Turn, QUESTIONS, st.tuples(QUESTIONS), st.tuples(QUESTIONS), st.tuples(QUESTIONS), QUESTIONS
    ),
)


@settings(max_examples=300, deadline=None)
@given(QUESTIONS, st.lists(TURNS, max_size=3))
def test_a_rewritten_question_stands_alone(question: str, history: list[Turn]) -> None:
    found = understand(question, history)
    assert found.follow_up or found.question == question
    assert len(found.question) <= max(MAX_QUESTION, len(question))
    assert found.question.strip() or not question.strip()
    assert understand(found.question, history) == Understood(found.question, False)


@given(QUESTIONS)
def test_no_history_changes_nothing(question: str) -> None:
    assert understand(question, []) == Understood(question, False)


def test_the_latest_on_something_is_about_that_thing() -> None:
    asked = Turn("What is the latest on the Harwick bridge?", (), (), CRASH.titles)
    carried = understand("How long was the delay?", [asked]).question
    assert "latest" not in carried
    assert "Harwick bridge" in carried
