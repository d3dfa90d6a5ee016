"""Marks that a note gives: stars, codes and numbers to a value out of 5, with what was written kept."""

from __future__ import annotations

import re
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

_FULL, _EMPTY, _HALF = "★⭐🌟✭✮✯⭑🟊", "☆✩✰⚝", "½⯨⯪"
_GLYPH = rf"[{_FULL}{_EMPTY}{_HALF}]\ufe0f?"
_CODE = r":(?:star2?|star_half|half_star|empty_star|star_empty):"
STARS = re.compile(rf"{_GLYPH}(?:[ \t]?(?:{_GLYPH}))*|{_CODE}(?:[ \t]?{_CODE})*")

_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 0.33, "⅔": 0.67}
_NUMBER = r"(\d{1,3}(?:[.,]\d{1,2}|[ ]?[½¼¾⅓⅔]|[ ]1/2)?|[½¼¾])"
_OUT_OF = re.compile(
    rf"(?<![\d/.,\w½-]){_NUMBER}\s*(?:/|out of|von|sur|de|di|su|z|ze|af|av|van)\s*(3|4|5|6|7|10|12|20|100)(?:\s*(?:stars?|★|⭐|points?)\b)?(?![\d/%\w-]|\.\d)",
    re.IGNORECASE,
)
_SCALES = frozenset(
    {"5", "10", "20", "100"}
)  # Out of what a mark is anywhere; out of another number only where one is expected.
_WORDED = re.compile(
    rf"(?<![\w.,½-]){_NUMBER}\s*[- ]?(?:stars?|étoiles?|sterne?n?|hvězdičk\w*|stjerner?|estrellas?|estrelas?|stelle|gwiazd\w*|звезд\w*|звёзд\w*|つ星|星)(?!\w)",
    re.IGNORECASE,
)
# One star as a unit: `3⭐`, `⭐ 3`, `⭐x3`, `★ 4/5`.
_ONE_STAR = re.compile(
    rf"(?<![\w.,½★⭐-]){_NUMBER}\s?[x×]?\s?(?:[★⭐🌟]\ufe0f?|:star:)(?!\s?[★⭐🌟☆]|\s?\d)"
    rf"|(?<![★⭐🌟☆])(?:[★⭐🌟]\ufe0f?|:star:)\s?[x×:]?\s?{_NUMBER}(?:\s*/\s*(3|4|5|6|7|10|20|100))?(?![\d/.%\w★⭐])"
)
_PERCENT = re.compile(r"(?<![\d.,\w-])(\d{1,3}(?:[.,]\d)?)\s?%")
_LABEL = re.compile(
    r"^\W*+(?:(?:my|overall|personal|final|ma|mein[e]?|mi|mijn|moja)\s+)?"
    r"(?:rating|rated|score|stars|grade|mark|verdict|note|évaluation|bewertung|wertung|sterne|urteil|hodnocení|vurdering|karakter|betyg|calificaci[oó]n|valoraci[oó]n|puntuaci[oó]n|puntaje|nota"
    r"|avalia[cç][aã]o|valutazione|voto|ocena|waardering|beoordeling|cijfer|arvosana|оценка|рейтинг|βαθμολογία|評価|评分|評分|평점|puan|đánh giá)"
    r"\s*(?:::|[:：=–—-])\s*",
    re.IGNORECASE,
)
# A last sentence that gives the mark: `Loved it. Rating: 5/5`.
_LAST_WORD = re.compile(
    r"[.!?)]\s+(?:my\s+|overall\s+)?(?:rating|score|verdict|grade)\s*:\s*(\d{1,3}(?:[.,]\d{1,2})?\s*(?:/\s*(?:5|10))?|[★⭐]+)[\s*_.)]*$",
    re.IGNORECASE,
)
_IS_MARK = re.compile(r"\W*(?:my\s+)?(?:rating|score|stars)\b", re.IGNORECASE)
_EMPTY_VALUES = {"", "-", "?", "n/a", "none", "tbd", "todo", "_", "x/5", "?/5", "/5"}


class Mark(NamedTuple):
    """A rating found in a text: its value out of 5, what was written, and where it begins and ends."""

    value: float
    raw: str
    start: int
    end: int


def stars(text: str) -> list[Mark]:
    """Returns the runs of stars in a text."""
    units = counted(text)
    runs = [
        Mark(_starred(m[0]), m[0].strip(), m.start(), m.end())
        for m in STARS.finditer(text)
        if m[0][0] not in _HALF or not text[: m.start()].rstrip()[-1:].isdigit()  # `4½` is a number.
    ]
    return sorted([*units, *(run for run in runs if not any(u.start <= run.start < u.end for u in units))], key=_start)


_start = attrgetter("start")


def counted(text: str) -> list[Mark]:
    """Returns the marks in a text that are a number with one star as its unit: `3⭐`, `⭐x3`, `★ 4/5`."""
    found = []
    for match in _ONE_STAR.finditer(text):
        value, scale = _number(match[1] or match[2]), float(match[3] or 5)
        if value <= scale:
            found.append(Mark(_out_of(value, scale), match[0].strip(), match.start(), match.end()))
    return found


def _starred(run: str) -> float:
    if run.startswith(":"):
        codes = re.findall(_CODE, run)
        empty = sum("empty" in code for code in codes)
        halves = sum("half" in code for code in codes)
    else:
        codes = re.findall(_GLYPH, run)
        empty = sum(code[0] in _EMPTY for code in codes)
        halves = sum(code[0] in _HALF for code in codes)
    full = len(codes) - empty - halves
    # A scale shown with its empty stars says what it is out of; otherwise it is out of five.
    scale = len(codes) if empty and len(codes) in (3, 4, 6, 10) else max(5, full + halves)
    return _out_of(full + halves / 2, scale)


def _out_of(value: float, scale: float) -> float:
    return round(value * 5 / scale, 2)


def numbers(text: str, is_expected: bool = False) -> list[Mark]:
    """Returns the marks in a text that are written as `4/5`, `8 out of 10` or `4 stars`; `2/3` where one is expected."""
    found = [
        Mark(_out_of(_number(m[1]), float(m[2])), m[0], m.start(), m.end())
        for m in _OUT_OF.finditer(text)
        if _number(m[1]) <= float(m[2]) and (m[2] in _SCALES or is_expected)
    ]
    found += [
        Mark(_number(m[1]), m[0], m.start(), m.end())
        for m in _WORDED.finditer(text)
        if _number(m[1]) <= 5 and not any(mark.start <= m.start() < mark.end for mark in found)
    ]
    return sorted(found, key=lambda mark: mark.start)


def _number(text: str) -> float:
    whole = text.replace(",", ".").replace(" 1/2", "½").strip()
    fraction = _FRACTIONS.get(whole[-1:], 0.0)
    return float(whole.rstrip("½¼¾⅓⅔ ") or 0) + fraction


def is_labelled(text: str) -> bool:
    """Tells whether a line says that it is a rating, whatever follows: `Rating:`."""
    return _LABEL.match(text) is not None


def is_unread(text: str) -> bool:
    """Tells whether a line of its own says that it is a rating, and gives none that is understood."""
    if not _IS_MARK.match(text) or not (match := _LABEL.match(text)):
        return False
    said = text[match.end() :].strip()
    return 0 < len(said) <= 30 and said.casefold().strip("*_ ") not in _EMPTY_VALUES and value_of(said) is None


def labelled(text: str) -> Mark | None:
    """Returns the rating of a line such as `Rating: 4` or `Note : 4/5`, or None."""
    if match := _LABEL.match(text):
        return value_of(text[match.end() :].strip(), match.end())
    if match := _LAST_WORD.search(text):
        return value_of(match[1], match.start(1))
    return None


def value_of(text: str, at: int = 0) -> Mark | None:
    """Returns the rating in a text that is known to be one: a table's cell, a value in front matter."""
    if asterisks := re.fullmatch(r"(?:\*\*\s+)?\s*(\*{1,5})\s*", text):
        return Mark(len(asterisks[1]), asterisks[1], at, at + len(text))
    if text.casefold().strip("*_ ") in _EMPTY_VALUES:
        return None
    if found := counted(text) or numbers(text, is_expected=True) or stars(text):
        first = found[0]
        return first._replace(start=at + first.start, end=at + first.end) if first.start <= 8 else None
    if (percent := _PERCENT.search(text)) and percent.start() <= 3 and _number(percent[1]) <= 100:
        return Mark(_out_of(_number(percent[1]), 100), percent[0], at + percent.start(), at + percent.end())
    match = re.match(rf"[^\w½¼¾-]*{_NUMBER}(?![\d/%\w])", text)
    if match and 0 <= _number(match[1]) <= 10 and len(text) <= 40:
        value = _number(match[1])
        return Mark(value if value <= 5 else _out_of(value, 10), match[1], at, at + match.end())
    return None


@lru_cache(maxsize=1024)
def in_heading(text: str) -> Mark | None:
    """Returns the rating in a title: stars anywhere but before a word's end, a number at the end or in brackets."""
    runs = stars(text)
    if len(runs) == 1 and (len(re.findall(rf"{_GLYPH}|{_CODE}", runs[0].raw)) > 1 or _at_edge(text, runs[0])):
        return runs[0]
    for mark in reversed(numbers(text)[-3:]):  # Behind those before stands the next.
        rest = text[mark.end :].strip(" \t*_.:!")
        before = text[: mark.start].rstrip()
        if rest in ("", ")", "]") and (before.endswith(("(", "[", "-", "–", "—", "|", "\n", ":", ",")) or rest == ""):
            return mark
    return None


def _at_edge(text: str, mark: Mark) -> bool:
    return not text[: mark.start].strip(" -–—|([") or not text[mark.end :].strip(" )]*_")


# Every rating has a star, a code, or a digit, but for asterisks at the end; most lines have none of them.
_POSSIBLE = re.compile(rf"[{_FULL}{_EMPTY}{_HALF}\d]|:star|:half|:empty")


def may_rate(text: str) -> bool:
    """Tells, at little cost, whether a line could hold a rating."""
    return text.endswith("*") or _POSSIBLE.search(text) is not None


_LONGEST = 200  # Characters of a line that is nothing but a number.


@lru_cache(maxsize=8192)
def on_line(text: str) -> Mark | None:
    """Returns the rating of a line of its own: labelled, or beginning with stars or `4/5` and saying little more."""
    if not may_rate(text):
        return None
    if mark := labelled(text):
        return mark
    bare = text.strip()
    runs = stars(bare)
    if len(runs) > 1:  # A legend, or a comparison.
        return None
    for mark in [*runs, *(numbers(bare) if len(bare) <= _LONGEST else [])]:
        before, after = bare[: mark.start].strip(" *_([-–—:|"), bare[mark.end :].strip(" *_)]-–—:|.!")
        glyphs = len(re.findall(rf"{_GLYPH}|{_CODE}", mark.raw))
        # A lone star, or a number in a sentence, decorates or quotes; five glyphs are a scale wherever they begin.
        if not before and (not after or (glyphs >= 3 and len(after) <= 60 and after[:1] not in "=")):
            return mark
        if not after and glyphs >= 2 and len(before.split()) <= 3:
            return mark
        if not before and _OPENS.match(bare[mark.end :].lstrip("*_)] ")):
            return mark
    if match := _ALONE.fullmatch(bare):
        return Mark(_number(match[1]), match[1], 0, len(bare))
    return None


_OPENS = re.compile(
    r"[:：–—]\s|-\s|\(|[,;]\s(?!\d)"
)  # What parts a mark that opens a line from the words that explain it.
_ALONE = re.compile(r"\W*([0-5] ?½|[0-4][.,]5)\W*")


def without(text: str, mark: Mark | None) -> str:
    """Returns a text without a mark in it, and without the brackets or dash that set it off."""
    if mark is None:
        return text
    before, after = text[: mark.start], text[mark.end :]
    if before.rstrip().endswith(("(", "[")) and after.lstrip().startswith((")", "]")):
        before, after = before.rstrip()[:-1], after.lstrip()[1:]
    before = re.sub(r"(?<![\s|,–—-])[\s|,–—-]+$", " ", before) if not after.strip() else before
    after = re.sub(r"^[\s|–—:-]+", " ", after) if not before.strip() else after
    return f"{before} {after}".strip()
