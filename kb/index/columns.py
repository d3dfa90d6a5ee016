"""A talk's numbers and texts as columns: what answers are filtered, sorted and counted by."""

from __future__ import annotations

import calendar

import numpy as np

from kb.records import Note, Talk, year_of
from kb.words import fold

TEXTS = ("title", "speaker", "event", "path")
NUMBERS = ("begins", "ends", "year", "rating")
NONE = -1  # No date, no year, no rating.
HUNDREDTHS = 100  # A rating is kept as a whole number of them.


def text_of(record: Talk | Note, field: str) -> str | None:
    """Returns a talk's or note's text of a field to sort by, folded, or None where it has none."""
    if field == "speaker":
        said = record.speakers[0].name if isinstance(record, Talk) and record.speakers else None
    else:
        said = {"title": record.title, "event": record.event, "path": record.source.path, "date": record.date}[field]
    return fold(said) if said else None


def numbers_of(record: Talk | Note) -> tuple[int, int, int, int]:
    """Returns the first and last day of a talk or note as yyyymmdd, its year, and its rating in hundredths."""
    begins, ends = days(record.date) if record.date else (NONE, NONE)
    year = year_of(record)
    rating = record.rating if isinstance(record, Talk) else None
    return (
        int(begins) if np.isfinite(begins) else NONE,
        int(ends) if np.isfinite(ends) else NONE,
        NONE if year is None else year,
        NONE if rating is None else round(rating.value * HUNDREDTHS),
    )


def numbers(text: str) -> tuple[float, float]:
    """Returns a number as a range of itself; nothing lies in what is not a number."""
    try:
        value = round(float(text.replace(",", ".")), 2)
    except ValueError:
        return np.inf, -np.inf
    return (value, value) if np.isfinite(value) else (np.inf, -np.inf)


def days(text: str) -> tuple[float, float]:
    """Returns the first and last day of a date such as `2015`, `2015-05` or `2015-05-28`, as yyyymmdd."""
    parts = text.split("-")
    try:
        year, month, day = (*[int(p) for p in parts], 0, 0)[:3]
        last = calendar.monthrange(year, month)[1] if month else 31
    except (ValueError, IndexError, calendar.IllegalMonthError, OverflowError):
        return np.inf, -np.inf
    if len(parts) > 3 or not 0 < year < 10_000 or day > last or min(month, day) < 0:
        return np.inf, -np.inf
    return year * 10_000 + (month or 1) * 100 + (day or 1), year * 10_000 + (month or 12) * 100 + (day or last)
