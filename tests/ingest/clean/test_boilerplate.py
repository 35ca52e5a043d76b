import time

import pytest

from ingest.clean import boilerplate


@pytest.mark.parametrize(
    "line",
    [
        "Follow us on Facebook and Instagram",
        "Follow us on our social media platforms here: Twitter FACEBOOK",
        "Follow Jane Doe on Twitter: @jdoe",
        "Share this article",
        "Facebook Twitter WhatsApp Email",
        "Subscribe to our newsletter for more stories like this.",
        "Sign up here to get our weekly newsletter",
        "Post a Comment",
        "Leave a Reply",
        "Comments",
        "3 Comments",
        "Comments are closed.",
        "Read more: Harbour board defends the toll",
        "Related:Ferry captain retires",
        "Related articles",
        "ADVERTISEMENT",
        "Story continues below",
        "© 2024 The Harbour Courier. All rights reserved.",
        "Copyright 2024 Courier Media",
        "We use cookies to make this site better.",
        "Reporting by Jane Doe; editing by John Roe",
        "4 min read",
        "Back to top",
        "* * *",
        "Skip to main content",
    ],
)
def test_prompts(line):
    assert boilerplate.is_prompt(line)


@pytest.mark.parametrize(
    "line",
    [
        "Follow me, said the guide, and nobody moved.",
        "Share prices fell by four per cent on Monday.",
        "Shares in the ferry company were suspended.",
        "Copyright law is out of date, said the minister.",
        "Comments by the mayor angered the fishermen.",
        "Read more books, the headmistress told her pupils.",
        "Home owners near the bridge fear the noise.",
        "Sign up or leave, the captain told his crew.",
        "Subscribe to nothing you have not read.",
        "Related industries lost 300 jobs.",
        "Get out of the harbour, the crowd shouted.",
        "The newsletter was sent to 400 people.",
        "More than 200 people came.",
        "Cookies were handed out on the quay.",
        "Advertisement spending rose last year.",
        "Search teams found the boat at noon.",
    ],
)
def test_sentences_are_not_boilerplate(line):
    assert not boilerplate.is_prompt(line)
    assert not boilerplate.is_credit(line)
    assert boilerplate.stated_in(line) is None
    assert boilerplate.link_of(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "Jane Doe / AFP",
        "Jane Doe/Getty Images",
        "[Jane Doe/Reuters]",
        "Photo: Jane Doe",
        "Photograph by Jane Doe",
        "Image credit: The Harbour Museum",
        "AFP via Getty Images",
        "Reuters",
    ],
)
def test_credits(line):
    assert boilerplate.is_credit(line)


@pytest.mark.parametrize(
    "line",
    [
        "Pool",
        "Handout",
        "Reuters reported on Monday that the bridge was closed.",
        "Courtesy of the crew, everyone had tea.",
    ],
)
def test_no_credits(line):
    assert not boilerplate.is_credit(line)


@pytest.mark.parametrize(
    ("line", "author", "publisher", "published"),
    [
        ("By Jane Doe", "Jane Doe", None, None),
        ("by Jane van der Doe and John Roe", "Jane van der Doe and John Roe", None, None),
        ("Jane Doe, Staff reporter", "Jane Doe", None, None),
        ("By Jane Doe | Harbour News | 22 October 2024", "Jane Doe", "Harbour News", "2024-10-22"),
        (
            "Institute of Harbour Studies 24-10-2024",
            None,
            "Institute of Harbour Studies",
            "2024-10-24",
        ),
        ("Published: October 22, 2024", None, None, "2024-10-22"),
        ("Jane Doe, 2024-10-22", "Jane Doe", None, "2024-10-22"),
        ("October 22, 2024", None, None, "2024-10-22"),
    ],
)
def test_what_a_line_above_the_article_states(line, author, publisher, published):
    stated = boilerplate.stated_in(line)
    assert stated is not None
    assert (stated.author, stated.publisher, stated.published and str(stated.published)) == (
        author,
        publisher,
        published,
    )


def test_an_update_is_no_publication():
    stated = boilerplate.stated_in("Last updated: 22 October 2024")
    assert stated is not None
    assert (stated.published, str(stated.updated)) == (None, "2024-10-22")


@pytest.mark.parametrize(
    "line",
    [
        "By Monday the river had risen",
        "The mayor resigned on October 22, 2024",
        "Live blog from the bridge, October 22, 2024",
    ],
)
def test_lines_that_state_nothing(line):
    assert boilerplate.stated_in(line) is None


def test_links():
    assert boilerplate.link_of("https://courier.example/a?b=1") == "https://courier.example/a?b=1"
    assert boilerplate.link_of("Source: www.courier.example/a.") == "https://www.courier.example/a"
    assert boilerplate.link_of("See https://courier.example/a for the plan") is None
    assert boilerplate.split_link("Bridge opens at lasthttps://courier.example/a") == (
        "Bridge opens at last",
        "https://courier.example/a",
    )


def test_desk_labels_go_and_datelines_stay():
    assert boilerplate.without_label("Newsdesk: The bridge is open.") == "The bridge is open."
    assert boilerplate.without_label("Staff Report — The bridge is open.") == "The bridge is open."
    assert (
        boilerplate.without_label("BEIRUT (Reuters) - The bridge is open.")
        == "BEIRUT (Reuters) - The bridge is open."
    )
    assert (
        boilerplate.without_label("Business: the bridge is good for it.")
        == "Business: the bridge is good for it."
    )


@pytest.mark.parametrize(
    "line",
    [
        "Aa " * 99,
        "follow us " * 29,
        "By " + "Aa Bb, " * 40,
        "(" * 299,
        "a, " * 50,
        "by " * 90,
        "Aa " * 30 + "2024",
        "1 " * 70,
    ],
)
def test_no_line_takes_long(line):
    started = time.process_time()
    for judge in (
        boilerplate.is_prompt,
        boilerplate.is_credit,
        boilerplate.stated_in,
        boilerplate.caption_of,
        boilerplate.link_of,
        boilerplate.split_link,
    ):
        judge(line)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("line", "author", "publisher"),
    [
        ("By Mara Quill, The Dell Gazette", "Mara Quill", "The Dell Gazette"),
        ("By Mara Quill and Odo Brand, Dell Courier", "Mara Quill and Odo Brand", "Dell Courier"),
        ("By Mara Quill, Political correspondent", "Mara Quill", None),
        ("By Mara Quill, London", "Mara Quill", None),
    ],
)
def test_a_byline_may_end_in_the_outlet(line: str, author: str, publisher: str | None) -> None:
    stated = boilerplate.stated_in(line)
    assert stated is not None
    assert (stated.author, stated.publisher) == (author, publisher)
