"""Dates as notes write them: always `2015`, `2015-05` or `2015-05-28`, and days that there are."""

from __future__ import annotations

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.dates import date_in, whole_date


@pytest.mark.parametrize(
    ("text", "date", "is_whole"),
    [
        ("3 May 2019", "2019-05-03", True),
        ("May 3rd, 2019", "2019-05-03", True),
        ("3-7 May 2019", "2019-05-03", True),
        ("2019/05/03", "2019-05-03", True),
        ("2019-05-03T10:00:00Z", "2019-05-03", True),
        ("juillet 2019", "2019-07", True),
        ("2019", "2019", True),
        ("2019-13-01", "2019", False),
        ("2019-02-30", "2019-02", False),
        ("31 June 2019", "2019-06", False),
        ("yesterday", None, False),
        ("19", None, False),
        ("20١٩", None, False),
    ],
)
def test_a_date_is_as_exact_as_it_is_written(text: str, date: str | None, is_whole: bool) -> None:
    assert whole_date(text) == (date, is_whole)


pieces = st.sampled_from(
    ["2019", "20", "12", "31", "٢", "-", "/", ".", " ", "May", "Mai", "juıllet", "JUİN", "ſept", "th", ","]
)


@given(st.lists(pieces | st.text(max_size=2), max_size=8).map("".join))
def test_whatever_is_written_a_date_is_one_of_the_calendar(text: str) -> None:
    date = date_in(text)
    if date is not None:
        assert re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", date)
        datetime.date.fromisoformat((date + "-01-01")[:10])
