import pytest

from ingest.extract.dateline import date_of_dateline
from ingest.extract.draft import Line


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("LONDON, 4 May 2021 (Reuters) - The bridge opened.", "2021-05-04"),
        ("KYIV, Ukraine, March 3, 2022 (AP) — The bridge opened.", "2022-03-03"),
        ("NEW YORK (AP), March 3, 2022 - The bridge opened.", "2022-03-03"),
        ("BERLIN, 2021-05-04 (dpa) – Die Brücke ist offen.", None),
        ("KYIV, Ukraine (AP) — March 3 was cold.", None),
        ("On 4 May 2021 (a Tuesday) the bridge opened.", None),
        ("The bridge opened on 4 May 2021 - at last.", None),
        ("NATO said on 4 May 2021 that the bridge - at last - is open.", None),
    ],
)
def test_the_day_of_a_dateline(text, date):
    found = date_of_dateline([Line("A line before it."), Line(text)])
    assert (str(found) if found else None) == date
