"""Dates as notes write them, to `2015`, `2015-05` or `2015-05-28`."""

from __future__ import annotations

import calendar
import re

from kb.words import fold

MONTHS = (
    "jan(?:uary|vier|uar)?|feb(?:ruary|ruar)?|f[eé]vrier|mar(?:ch|s)?|m[aä]rz|apr(?:il)?|avril|may|mai|jun[ei]?|juin|jul[yi]?"
    "|juillet|aug(?:ust)?|ao[uû]t|sept?(?:ember|embre)?|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?|de[cz](?:ember)?|d[eé]cembre"
)
_ISO = re.compile(r"(?<!\d)((?:19|20)[0-9][0-9])(?:[-_./](0[1-9]|1[0-2])(?:[-_./](0[1-9]|[12][0-9]|3[01]))?)?(?!\d)")
_MONTH = {
    name: n
    for n, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_FOREIGN = {"fev": 2, "avr": 4, "mai": 5, "jui": 7, "aou": 8, "okt": 10, "dez": 12}
_DAY_FIRST = re.compile(
    rf"\b([0-9]{{1,2}})?(?:st|nd|rd|th|\.)?\s*(?:(?:to|[-–—]|and|&)\s*[0-9]{{1,2}}(?:st|nd|rd|th|\.)?)?\s*(?:of\s+)?({MONTHS})\b\.?,?\s+((?:19|20)[0-9][0-9])\b",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b({MONTHS})\b\.?\s+([0-9]{{1,2}})(?:st|nd|rd|th)?(?:\s*(?:to|[-–—]|and|&)\s*(?:{MONTHS})?\s*[0-9]{{1,2}}(?:st|nd|rd|th)?)?,?\s+((?:19|20)[0-9][0-9])\b",
    re.IGNORECASE,
)


def date_in(text: str) -> str | None:
    """Returns the first date in a text, as exact as it stands there: a day, a month or a year."""
    text = " ".join(text.split())
    if match := _MONTH_FIRST.search(text):
        return _date(match[3], _month(match[1]), match[2])
    if match := _DAY_FIRST.search(text):
        return _date(match[3], _month(match[2]), match[1])
    if match := _ISO.search(text):
        return _date(*match.groups())
    return None


def whole_date(text: str) -> tuple[str | None, bool]:
    """Returns the date in a text that says nothing else, and whether all numbers of the text are part of it.

    `2019-13-01` is no month: the year is read, and it is not whole.
    """
    date = date_in(text)
    parts = set(map(int, date.split("-"))) if date else set()
    return date, date is not None and (date.count("-") == 2 or parts.issuperset(map(int, _NUMBER.findall(text))))


_NUMBER = re.compile(r"\d{1,9}")


def _month(name: str) -> str:
    short = fold(name)[:3]
    number = 6 if fold(name) == "juin" else _MONTH.get(short) or _FOREIGN[short]
    return f"{number:02}"


def _date(year: str, month: str | None, day: str | None) -> str:
    """Returns a date without a day that its month does not have."""
    if month is None:
        return year
    is_day = day is not None and 1 <= int(day) <= calendar.monthrange(int(year), int(month))[1]
    return f"{year}-{month}-{int(day or 0):02}" if is_day else f"{year}-{month}"
