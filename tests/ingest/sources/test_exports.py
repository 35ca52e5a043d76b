import pytest

from ingest.sources.exports import may_be_export, split_export

NEXIS = """                               1 of 2 DOCUMENTS


                               Norholm Gazette

                              May 6, 2019 Monday

Bridge opens after ten years

BYLINE: Mara Holt

SECTION: NEWS; Pg. 1

LENGTH: 210 words

The harbour bridge opened on Monday.

The toll is 4.50 a car.

LOAD-DATE: May 7, 2019

LANGUAGE: ENGLISH

                     Copyright 2019 Norholm Gazette
                              All Rights Reserved


                               2 of 2 DOCUMENTS


                               Norholm Gazette

                              May 7, 2019 Tuesday

Ferry fares rise

LENGTH: 110 words

A single ticket costs nine crowns.

LOAD-DATE: May 8, 2019
"""
NEXIS_UNI = """Bridge opens after ten years
Norholm Gazette
May 6, 2019 Monday

Copyright 2019 Norholm Gazette All Rights Reserved

Section: NEWS
Length: 210 words
Byline: Mara Holt
Body

The harbour bridge opened on Monday.

Load-Date: May 7, 2019

End of Document

Ferry fares rise
Norholm Gazette
May 7, 2019 Tuesday

Length: 110 words
Body

A single ticket costs nine crowns.

Load-Date: May 8, 2019

End of Document
"""
PROQUEST = """____________________________________________________________

Document 1 of 2

Bridge opens after ten years

Author: Holt, Mara

Publication info: Norholm Gazette ; Norholm [Norholm]06 May 2019: A1.

Full text: The harbour bridge opened on Monday.

The toll is 4.50 a car.

Publication title: Norholm Gazette

Publication date: May 6, 2019

Document URL: https://search.example/docview/1

____________________________________________________________

Document 2 of 2

Ferry fares rise

Full text: A single ticket costs nine crowns.

Publication title: Norholm Gazette

Publication date: May 7, 2019
"""
FACTIVA = """HD Bridge opens after ten years
BY Mara Holt
WC 210 words
PD 6 May 2019
SN Norholm Gazette
LA English
LP
The harbour bridge opened on Monday.
TD
The toll is 4.50 a car.
AN Document NORHOL0020190506ef560001

HD Ferry fares rise
WC 110 words
PD 7 May 2019
SN Norholm Gazette
LP
A single ticket costs nine crowns.
AN Document NORHOL0020190507ef570001
"""
DIGEST = """Subject: Bridge opens after ten years
From: Mara Holt
Date: 6 May 2019

The harbour bridge opened on Monday.

Subject: Ferry fares rise
From: Jon Lind
Date: 7 May 2019

A single ticket costs nine crowns.
"""


@pytest.mark.parametrize("text", [NEXIS, NEXIS_UNI, PROQUEST, FACTIVA, DIGEST])
def test_an_export_is_split_into_its_documents(text):
    assert may_be_export(text.encode())
    first, second = split_export(text)
    assert first["title"] == "Bridge opens after ten years"
    assert first["author"] == "Mara Holt"
    assert first["text"].startswith("The harbour bridge opened on Monday.")
    assert "May 6, 2019" in first["published"] or "6 May 2019" in first["published"]
    assert second["title"] == "Ferry fares rise"
    assert second["text"] == "A single ticket costs nine crowns."
    assert "7" in second["published"]


@pytest.mark.parametrize("text", [NEXIS, NEXIS_UNI, PROQUEST, FACTIVA])
def test_the_publisher_of_each_document(text):
    assert {fields["publisher"] for fields in split_export(text)} == {"Norholm Gazette"}


def test_all_paragraphs_are_kept():
    for text in (NEXIS, PROQUEST, FACTIVA):
        assert "The toll is 4.50 a car." in split_export(text)[0]["text"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The harbour bridge opened on Monday.\n\nEnd of Document",
        "Title: Bridge opens\nDate: 6 May 2019\n\nThe harbour bridge opened.",
        "Report\n\n1 of 2 DOCUMENTS in the file were read, the board said.",
    ],
)
def test_an_article_is_no_export(text):
    assert split_export(text) == []
