import pytest

from ingest.extract.headers import read_head


def test_a_head_of_keys_is_read_and_left_out_of_the_text():
    headed = read_head(
        "TITLE: Ferry fares rise\nSOURCE: Norholm Gazette\nDATE: 7 May 2019\nBY: Mara Holt\n"
        "SECTION: News\n\nBODY: A single ticket costs nine crowns."
    )
    assert headed.fields == {
        "title": "Ferry fares rise",
        "publisher": "Norholm Gazette",
        "published": "7 May 2019",
        "author": "Mara Holt",
    }
    assert headed.body == "A single ticket costs nine crowns."


def test_the_address_of_a_sender_is_not_part_of_the_name():
    head = read_head("From: Mara Holt <mara@gazette.example>\nSubject: Fares\n\nText.")
    assert head.fields == {"author": "Mara Holt", "title": "Fares"}


@pytest.mark.parametrize(
    "text",
    [
        "Source: the harbour board.\n\nThe bridge opened.",
        "Question: What now?\nAnswer: We wait.\n\nThe bridge opened.",
        "The mayor said: we wait.\nDate: unknown",
        "",
    ],
)
def test_a_text_without_a_head_stays_whole(text):
    assert read_head(text) == ({}, text)
