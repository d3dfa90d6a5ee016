"""A heading split into its title and its people: `Title - Jane Doe, Acme`, `Jane Doe: Title`, `Title (Jane Doe)`.

Where the headings of a note surely name people in one shape, the others are read in the same shape with less evidence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from kb.extract.speakers import HANDLE, NOBODY, Cast, Person, people

_SEPARATORS = (
    " @ ",
    " — ",
    " – ",
    " - ",
    " | ",
    " :: ",
    " // ",
    " ~ ",
    ": ",
    " : ",
    "\n",
    " · ",
    " • ",
    "/ ",
    ", ",
    " -- ",
    "- ",
    "– ",
)
_BY = re.compile(r"[\s,–—:(|-]*[\s(](?:presented by|by|par|av|von|with|w/)[:\s]\s*(?=[^\W\d_@])", re.IGNORECASE)
_BY_WORD = re.compile(r"[\s(](?:by|par|av|von|with|w/)[:\s]", re.IGNORECASE)
_BY_HANDLE = re.compile(
    r"^(?P<title>[^@]+?)[\s,–—:(|-]*\b(?:by|par|von|with)\s+(?P<handles>@\w+(?:(?:\s*[,&]|\s+and)\s+@\w+)*)\)?$",
    re.IGNORECASE,
)
_LONGEST = 500  # Characters of a heading that is looked at for people.
_BRACKETS = re.compile(r"^(?P<title>.+?)\s*[(\[](?P<people>[^()\[\]]++(?:\([^()]*\)[^()\[\]]*+)?)[)\]]$", re.DOTALL)


def _without_remark(text: str) -> str:
    """Returns a title without a sentence in brackets behind its people."""
    at = text.rfind("(")
    if at <= 0 or not text.endswith(")") or text.count(" ", at) < 5:
        return text
    bare = text[:at].rstrip()
    return bare if _BY.search(bare) else text


Shape = tuple[str, str]  # Between what and on which side of it a title names its people.
_SURE = 2.4  # Evidence that says by itself where the headings of a note name their people.
_SOME: Shape = ("", "")  # Many of the note's headings name people, in whatever shape.
_LIKELY = 1.0  # What is enough there.
_EASED = 0.1  # What is enough where others of the note's headings name theirs in the same place.


class Titled(NamedTuple):
    """A heading split into its title and its people, and the shape in which it names them."""

    title: str
    cast: Cast
    shape: Shape | None = None


def shapes(texts: Iterable[str]) -> frozenset[Shape]:
    """Returns the shapes that some headings surely have and most could have: there the others name people too."""
    titles = list(texts)
    sure = Counter(t.shape for t in map(in_title, titles) if t.shape and t.cast.score >= _SURE)
    most = frozenset(shape for shape in sure if sum(_fits(text, shape) for text in titles) >= max(2, 0.6 * len(titles)))
    return most | {_SOME} if sure.total() >= max(2, 0.3 * len(titles)) else most


def _fits(text: str, shape: Shape) -> bool:
    return text.endswith((")", "]")) if shape[0] == "()" else shape[0] in text


@lru_cache(maxsize=2048)
def in_title(text: str, eased: frozenset[Shape] = frozenset()) -> Titled:
    """Splits a heading into its title and its people, whichever comes first; NOBODY where it names none."""
    options: list[tuple[float, Titled]] = []
    if len(text) > _LONGEST:
        return Titled(text, NOBODY)
    text = _without_remark(text)
    if "@" in text and (match := _BY_HANDLE.match(text)):  # Somebody whose name nobody gives is called by the handle.
        people_ = tuple(Person(f"@{tag}", None, tag) for tag in HANDLE.findall(match["handles"]))
        options.append((_SURE, Titled(match["title"], Cast(people_, _SURE, True), ("by", "right"))))
    for by in _BY.finditer(text) if _BY_WORD.search(text) else ():
        cast = people(text[by.end() :].rstrip(")"))
        if by.start() and cast.score >= (_EASED if ("by", "right") in eased else 0.9):
            title = text[: by.start()]
            options.append((cast.score + 1.0, Titled(title, cast._replace(labelled=True), ("by", "right"))))
    if match := _BRACKETS.match(text):
        cast = people(match["people"])
        employed = 0.8 if any(p.affiliation for p in cast.people) else 0.0
        if cast.score + employed >= _least(("()", "right"), 1.5, eased):
            options.append((cast.score + 0.2, Titled(match["title"], cast, ("()", "right"))))
    for separator in _SEPARATORS:
        at = text.find(separator)
        while at >= 0:
            left, right = text[:at].strip(), text[at + len(separator) :].strip()
            if left and right:
                options += _sides(left, right, separator, eased)
            at = text.find(separator, at + 1)
    if not options:
        return Titled(text, NOBODY)
    best = max(options, key=lambda option: option[0])[1]
    return best._replace(title=best.title.strip(" \t-–—|:,"))


def _least(shape: Shape, least: float, eased: frozenset[Shape]) -> float:
    """Returns the evidence that a title must give of its people, by what the note's other headings do."""
    return _EASED if shape in eased else min(least, _LIKELY) if _SOME in eased and least < _SURE else least


def _sides(left: str, right: str, separator: str, eased: frozenset[Shape]) -> list[tuple[float, Titled]]:
    """Returns the ways to take one side of a separator for the people and the other for the title."""
    found = []
    # A comma or colon also stands within titles, so there the name must be a sure one.
    least = _SURE if separator in (": ", ", ", "/ ", "- ") else 1.5
    for title, names, side in ((left, right, "right"), (right, left, "left")):
        cast = people(names)
        if cast.score < _least((separator, side), least, eased) or cast.score <= people(title).score or len(title) <= 2:
            continue
        if separator == ", " and side == "left":
            continue
        weight = cast.score + 0.01 * len(names) + (0.05 if side == "right" else 0.0)
        weight -= 0.8 if separator == ": " else 0.5 if separator == ", " else 0.0
        found.append((weight, Titled(title, cast, (separator, side))))
    return found
