"""Statements that their quotes support, and statements that they do not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.checks.backing import Backing
from rag.checks.check import why_unsupported, word_overlap
from rag.model import PartialDate

FLOOD = "In Aldwater 18 people drowned on 22 October, Mayor Anna Reyes said on Tuesday."
VISIT = "It is Antony Blinken's 11th visit to the region, and he met Nabih Berri in Beirut."
MONEY = "The port lost $2.5m, or 40% of its income, over three weeks of the strike."
SAID = "“We will not give way,” Tarrant told the council, which had voted 7 to 4 for talks."
ARTICLE = " ".join(
    (
        FLOOD,
        VISIT,
        MONEY,
        SAID,
        "Reyes has been mayor since 2019. Joe Biden spoke, and Hunter Biden did not.",
    )
)


def finding(statement: str, *quotes: str) -> str | None:
    return why_unsupported(statement, [Backing(quote, ARTICLE, None) for quote in quotes], ARTICLE)


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("In Aldwater, eighteen people drowned on October 22.", FLOOD),
        ("Eighteen people drowned in Aldwater.", FLOOD),
        ("Anna Reyes, the mayor, said that 18 people drowned.", FLOOD),
        ("It is the eleventh visit of Blinken to the region.", VISIT),
        ("Blinken met Berri in Beirut.", VISIT),
        ("The port lost $2.5 million.", MONEY),
        ("The strike cost the port 40 per cent of its income.", MONEY),
        ("The strike lasted 3 weeks.", MONEY),
        ('Tarrant told the council: "We will not give way."', SAID),
        ("The council voted 7 to 4 for talks.", SAID),
    ],
)
def test_what_the_quote_says_in_other_words_is_supported(statement: str, quote: str) -> None:
    assert finding(statement, quote) is None


@pytest.mark.parametrize(
    ("statement", "quote", "reason"),
    [
        ("In Aldwater 81 people drowned.", FLOOD, "number 81"),
        ("In Aldwater nineteen people drowned.", FLOOD, "number nineteen"),
        ("It is the 12th visit of Blinken.", VISIT, "number 12th"),
        ("The port lost $2.5bn.", MONEY, "number"),
        ("The port lost £2.5m.", MONEY, "number"),
        ("In Aldwater 18 people drowned on 23 October.", FLOOD, "date"),
        ("In Aldwater 18 people drowned in November.", FLOOD, "date"),
        ("Anna Reyes said on Monday that 18 people drowned.", FLOOD, "date"),
        ("In Skarn 18 people drowned.", FLOOD, "name Skarn"),
        ("Mayor Anna Tull said that 18 people drowned.", FLOOD, "name"),
        ("Blinken met Najib Berri.", VISIT, "name"),
        ("AND met Nabih Berri in Beirut.", VISIT, "name AND"),
        ("Tull won the set 7-6.", "Tull won the set 6-4 after 7 games.", "number 7-6"),
        ("Tarrant said: “We will give way.”", SAID, "words"),
        ("The council voted 4 to 7 for talks.", SAID, ""),
        ("In Aldwater 18 people did not drown.", FLOOD, ""),
        ("The council approved it.", "The council refused by 5 votes to approve it.", "refused"),
        ("Bakers want cheaper flour and longer holidays.", FLOOD, ""),
    ],
)
def test_what_the_quote_does_not_say_is_reported(statement: str, quote: str, reason: str) -> None:
    found = finding(statement, quote)
    assert found is not None
    assert reason in found


def test_two_quotes_support_what_neither_does_alone() -> None:
    statement = "Antony Blinken met Nabih Berri, and the port lost $2.5m."
    assert finding(statement, VISIT, MONEY) is None
    assert finding(statement, VISIT) is not None
    assert finding(statement, MONEY) is not None


@pytest.mark.parametrize(
    "statement",
    ["Million Dollar Baby won in Cannes.", "Dozen (thousand) men", "(million)", "hundred"],
)
def test_a_scale_that_scales_nothing_is_a_number_like_any_other(statement: str) -> None:
    assert finding(statement, statement) is None
    assert finding(statement, FLOOD) is not None


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        # A common word is known in any of its forms, also an irregular one.
        ("Said 18 people drowned.", "Anna Reyes said 18 people drowned."),
        ("Wrote of a flood in Aldwater.", "She wrote to Aldwater of a flood."),
        # So is one that opens the sentence before a name.
        ("Passenger Carl Tull died at the scene.", "The ferry's passenger, Carl Tull, died there."),
        # A name may be written in lower case.
        ("The Health Ministry counted 18 dead.", "The health ministry counted 18 dead."),
        ("Dell spoke in Parliament.", "Dell spoke in parliament."),
        # "half-billion" is one number.
        ("The port lost $500m.", "The port lost a half-billion dollars."),
        ("The port lost half a billion dollars.", "The port lost half-billion dollars."),
    ],
)
def test_forms_of_words_and_numbers(statement: str, quote: str) -> None:
    assert finding(statement, quote) is None


def test_a_weekday_means_the_last_one_before_the_article_was_published() -> None:
    quote = "The bridge collapsed on Tuesday."
    backing = [Backing(quote, quote, PartialDate.parse("2024-10-24"))]
    assert why_unsupported("The bridge collapsed on 22 October 2024.", backing) is None
    assert why_unsupported("The bridge collapsed on 23 October 2024.", backing) is not None
    undated = [Backing(quote, quote, None)]
    assert why_unsupported("The bridge collapsed on 22 October 2024.", undated) is not None
    future = "The bridge will close on Tuesday."
    planned = [Backing(future, future, PartialDate.parse("2024-10-24"))]
    assert why_unsupported("The bridge will close on 22 October 2024.", planned) is not None


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("Qatar sold gas to Egypt.", "Egypt sold gas to Qatar."),
        ("20 people died in Aldwater.", "18 people died in Aldwater; 20 people died in Skarn."),
        ("Rescuers found 18 boats.", "Rescuers searched 7 boats and found 18 people."),
        (
            "This is Tull’s 11th visit to Skarn.",
            "This is Dell’s 11th visit to Skarn since Tull left.",
        ),
        (
            "The Port Guild fined Skarn and Vale Cup over a brawl during their Oban match.",
            "Skarn and Oban were fined by the Port Guild over a brawl during their Vale Cup match.",
        ),
        (
            "The tram sells in Skarn for $90 while the ferry sells in Oban and Skarn for £7,400.",
            "The tram sells in Skarn for £7,400 while the ferry sells in Oban and Skarn for $90.",
        ),
        (
            "A crate was shipped to Skarn from Aldwater.",
            "They lost a crate on a trip from Skarn to Aldwater.",
        ),
        (
            "With Skarn firing rockets at Aldwater, the ferry turned back.",
            "It follows a feud with Oban, a Skarn-based guild. His visit began with Oban firing "
            "rockets at Aldwater, and the ferry turned back.",
        ),
        (
            "Dell—a guild that helps fund Skarn’s ferries.",
            "Dell’s visit came as Oban fined Port Union—a guild that helps fund Skarn’s ferries.",
        ),
        ("The port shut on 3 October.", "The port shut on 3 May, the mill on 3 October."),
        ("Skarn sued Dell over the mill.", "Skarn was sued by Dell over the mill."),
        ("Prices fell.", "Prices rose."),
        (
            "“The Oban strike is not over,” Dell did not state on the pier.",
            "“The Oban strike is not over,” Dell said of Oban on the pier.",
        ),
        ("The Skarn plan is still viable.", "The Skarn plan is no longer viable."),
        (
            "Skarn lost its grant if it did not shut the mill.",
            "Skarn lost its grant if it shut the mill.",
        ),
        (
            "Owners who fail to mend their boats will not pay fines.",
            "Owners who fail to mend their boats will pay fines.",
        ),
        ("Speaker Najib Mikati left.", "Speaker Nabih Berri met Najib Mikati, who left."),
        (
            "Port Guild Council, clerk for the Anna Reyes, told traders on Monday.",
            "Anna Reyes, clerk for the Port Guild Council, told traders on Monday.",
        ),
    ],
)
def test_swaps_are_found(statement: str, quote: str) -> None:
    assert finding(statement, quote) is not None


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("Reyes was praised by Tull.", "Tull praised Reyes."),
        ("The crew met a song written by Reyes.", "Reyes had written a song that the crew met."),
        ("It costs around 19 pounds where it sells.", "It costs 19 pounds ($24) where it sells."),
        ("Egypt and Qatar sent 18 boats.", "Qatar and Egypt sent 18 boats."),
        ("The port shut in Sept. 2024.", "The port shut on 3 September 2024."),
        ("Tull left Skarn at last.", "Tull left Skarn at last. Dell left Skarn in May."),
    ],
)
def test_what_may_change_places(statement: str, quote: str) -> None:
    assert finding(statement, quote) is None


def test_the_share_of_words_in_common() -> None:
    backing = [Backing(FLOOD, ARTICLE, None)]
    assert word_overlap(FLOOD, backing) == 1.0
    assert word_overlap("Bakers want cheaper flour.", backing) < 0.5
    assert word_overlap("", backing) == 0.0


QUOTES = (FLOOD, VISIT, MONEY, SAID)


@given(st.sampled_from(QUOTES))
def test_a_quote_supports_itself(quote: str) -> None:
    assert finding(quote, quote) is None


@given(st.sampled_from(QUOTES[:3]), st.integers(2, 5000), st.data())
def test_no_other_number_passes(quote: str, other: int, data: st.DataObject) -> None:
    match = data.draw(st.sampled_from(list(re.finditer(r"\d+", quote))))
    after_point = quote[: match.start()].endswith(".")
    if str(other) in re.findall(r"\d+", quote) or (
        # 2.50 is 2.5.
        after_point and str(other).rstrip("0") == match.group().rstrip("0")
    ):
        return
    assert finding(f"{quote[: match.start()]}{other}{quote[match.end() :]}", quote) is not None


@given(
    st.sampled_from(("Aldwater", "Anna", "Reyes", "Blinken", "Nabih", "Beirut")),
    st.sampled_from(("Skarn", "Tull", "Fennmouth", "Rosa")),
)
def test_no_other_name_passes(name: str, other: str) -> None:
    quote = FLOOD if name in FLOOD else VISIT
    assert finding(quote.replace(name, other), quote) is not None


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_breaks_it(statement: str, quote: str) -> None:
    found = why_unsupported(statement, [Backing(quote, quote, None)], quote)
    assert found is None or found.strip()
