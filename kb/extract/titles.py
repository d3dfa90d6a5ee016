"""A heading split into its title and its people: `Title - Jane Doe, Acme`, `Jane Doe: Title`, `Title (Jane Doe)`.

Where the headings of a note surely name people in one shape, the others are read in the same shape with less evidence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from kb.extract import gazetteer, vocabulary
from kb.extract.speakers import HANDLE, NOBODY, ONLY_HANDLES, Cast, Person, people
from kb.outline import GAP
from kb.words import fold

_OUTERMOST = 6  # Signs from each end of a heading at which it may be divided.
_LONGEST = 500  # Characters of a heading that is looked at for people.
_BY = re.compile(
    r"[\s,–—:(|-]*[\s(](?:presented by|by|par|av|von|por|przez|with|w/)[:\s]\s*(?=[^\W\d_@])", re.IGNORECASE
)
_BY_WORD = re.compile(r"[\s(](?:by|par|av|von|por|przez|with|w/)[:\s]", re.IGNORECASE)
_BY_HANDLE = re.compile(
    r"^(?P<title>[^@]+?)[\s,–—:(|-]*\b(?:by|par|von|por|with)\s+(?P<handles>@\w+(?:(?:\s*[,&]|\s+and)\s+@\w+)*)\)?$",
    re.IGNORECASE,
)
_BRACKETS = re.compile(
    r"^(?P<title>.+?)\s*[(\[（【](?P<people>[^()\[\]（）【】]++(?:\([^()]*\)[^()\[\]（）【】]*+)?)[)\]）】]$", re.DOTALL
)

_BRACKETED_FIRST = re.compile(
    r"^[(\[（【](?P<people>[^()\[\]（）【】]+)[)\]）】]\s*[-:–—：]?\s*(?P<title>.+)$", re.DOTALL
)
_QUOTED_LAST = re.compile(r"^(?P<people>[^\"“„«「『]+?)[,:：]?\s*(?P<title>[\"“„«「『].+[\"”“»」』])$", re.DOTALL)

Side = Literal["left", "right"]


class Shape(NamedTuple):
    """How a heading names its people: between which sign and the title, and on which side of the title."""

    sign: str
    side: Side


# What may stand between a title and its people, by the sign that it is an instance of.
_SIGNS: dict[str, str] = {
    GAP: rf"\s*{GAP}\s*",
    "@": r" @ ",
    "-": r"\s+(?:--?|[–—~]|‒|―)\s+|(?<=\w)(?:-|–|—)\s+|\s+(?:–|—)(?=\w)|(?<=\S)——?(?=\S)",
    "|": r"\s*[|｜│]\s*",
    "::": r"\s+::\s+",
    "/": r"\s+//\s+|/ ",
    ":": r"\s*(?:[:：])\s+|：",
    "\n": r"\n",
    "·": r"\s+[·•・∙]\s+",
    ",": r", |、",
}
_SPLIT = re.compile("|".join(f"(?P<s{n}>{pattern})" for n, pattern in enumerate(_SIGNS.values())))
_NAMES = tuple(_SIGNS)
# Within titles these also stand where they divide nothing, so there the name must be a sure one.
_LOOSE = frozenset({":", ",", "/"})
BY, BRACKETS, NOTHING = Shape("by", "right"), Shape("()", "right"), Shape("", "right")

_SURE = 2.4  # Evidence that says by itself where the headings of a note name their people.
_SOME = Shape("some", "right")  # Many of the note's headings name people, in whatever shape.
_LIKELY = 1.0  # What is enough there.
_EASED = 0.1  # What is enough where others of the note's headings name theirs in the same place.
_USUAL = 2.0  # What the shape of the note's other headings adds, so that it wins over another way to split one.


class Titled(NamedTuple):
    """A heading split into its title and its people, and the shape in which it names them."""

    title: str
    cast: Cast
    shape: Shape | None = None


def shapes(texts: Iterable[str]) -> frozenset[Shape]:
    """Returns the shapes that some headings surely have and most could have: there the others name people too."""
    titles = list(texts)
    split = [in_title(text) for text in titles]
    sure = Counter(t.shape for t in split if t.shape and t.cast.score >= _SURE)
    fitting = Counter(shape for text in titles for shape in {shape for shape, _, _ in splits(text)})
    named = Counter(shape for text in titles for shape in _likely_shapes(text))
    most = frozenset(
        shape
        for shape in sure | named
        if fitting[shape] >= max(2, 0.6 * len(titles))
        and (sure[shape] or (named[shape] >= 3 and named[shape] >= 0.7 * fitting[shape]))
    )
    if sure.total() >= max(2, 0.3 * len(titles)):
        return most | {_SOME}
    return most


def _likely_shapes(text: str) -> set[Shape]:
    """Returns the shapes in which a heading could well name its people."""
    return {shape for shape, title, names in splits(text) if _outdoes(people(names), title, _LIKELY)}


def _outdoes(cast: Cast, title: str, least: float) -> bool:
    return cast.score >= least and cast.score > people(title).score


def splits(text: str) -> Iterator[tuple[Shape, str, str]]:
    """Yields the ways to divide a heading at a sign or bracket: the shape, the title and what may be its people."""
    if len(text) > _LONGEST:
        return
    if match := _BRACKETS.match(text):
        yield BRACKETS, match["title"], match["people"]
    if match := _BRACKETED_FIRST.match(text):
        yield Shape("()", "left"), match["title"], match["people"]
    if match := _QUOTED_LAST.match(text):
        yield Shape("“”", "left"), match["title"], match["people"]
    signs = list(_SPLIT.finditer(text))
    for match in signs if len(signs) <= 2 * _OUTERMOST else [*signs[:_OUTERMOST], *signs[-_OUTERMOST:]]:
        left, right = text[: match.start()].strip(), text[match.end() :].strip()
        if left and right:
            sign = _NAMES[int((match.lastgroup or "s0")[1:])]
            yield Shape(sign, "right"), left, right
            if sign != ",":
                yield Shape(sign, "left"), right, left


@lru_cache(maxsize=2048)
def in_title(text: str, eased: frozenset[Shape] = frozenset()) -> Titled:
    """Splits a heading into its title and its people, whichever comes first; NOBODY where it names none."""
    if len(text) > _LONGEST:
        return Titled(text, NOBODY)
    text = _without_remark(text)
    options = [*_by(text, eased), *_split(text, eased)]
    if not options and (eased and (trailing := _trailing(text))):
        return trailing
    if not options:
        return Titled(text, NOBODY)
    best = max(options, key=lambda option: option[0])[1]
    return best._replace(title=best.title.strip(" \t-–—|:：,、" + GAP))


def _without_remark(text: str) -> str:
    """Returns a title without a sentence in brackets behind its people."""
    at = text.rfind("(")
    if at <= 0 or not text.endswith(")") or text.count(" ", at) < 5:
        return text
    bare = text[:at].rstrip()
    return bare if _BY.search(bare) else text


def _by(text: str, eased: frozenset[Shape]) -> Iterator[tuple[float, Titled]]:
    """Yields the ways to take what follows a `by` for the people."""
    if "@" in text and (match := _BY_HANDLE.match(text)):  # Somebody whose name nobody gives is called by the handle.
        tagged = tuple(Person(f"@{tag}", None, tag) for tag in HANDLE.findall(match["handles"]))
        yield _SURE, Titled(match["title"], Cast(tagged, _SURE, True), BY)
    for by in _BY.finditer(text) if _BY_WORD.search(text) else ():
        cast = people(text[by.end() :].rstrip(")"))
        if not cast.people:
            cast = _mononym(text[by.end() :].rstrip(")"))
        if by.start() and cast.score >= (_EASED if BY in eased else 0.9):
            yield cast.score + 1.0, Titled(text[: by.start()], cast._replace(labelled=True), BY)


def _mononym(text: str) -> Cast:
    """Returns the person that one word behind a `by` is, where it is no ordinary word and no software."""
    word = text.strip()
    is_name = re.fullmatch(r"[^\W\d_][^\W\d_]+", word) and word[0].isupper() and not word.isupper()
    if not is_name or vocabulary.is_common(word) or gazetteer.entry(fold(word)):
        return NOBODY
    return Cast((Person(word),), 0.9)


def _split(text: str, eased: frozenset[Shape]) -> Iterator[tuple[float, Titled]]:
    """Yields the ways to take one side of a sign, or what stands in brackets, for the people."""
    found = splits(text)
    for shape, title, names in found:
        if (cast := _handles_only(names)) is None:
            cast = people(names)
        least = _least(shape, cast, eased)
        if _is_no_title(title) or cast.score < least or cast.score <= people(title).score:
            continue
        weight = cast.score + 0.01 * len(names) + (0.05 if shape.side == "right" else 0.0)
        weight -= {":": 0.8, ",": 0.5, "()": -0.2}.get(shape.sign, 0.0)
        yield weight + (_USUAL if shape in eased else 0.0), Titled(title, cast, shape)


def _is_no_title(text: str) -> bool:
    """Tells whether a side titles nothing: in `Twitter - @jdoe` and `Jane Doe - 5 June 2014`."""
    rest = re.sub(r"^(?:@\w+[\s,–—-]*)+", "", text)
    return len(rest) <= 2 or vocabulary.PROFILE.fullmatch(rest) is not None or vocabulary.WHEN.match(rest) is not None


def _handles_only(names: str) -> Cast | None:
    """Returns the people of a side that is handles and nothing else: they are called so."""
    match = ONLY_HANDLES.fullmatch(names) if names.startswith("@") else None
    if match is None or match[2]:
        return None
    return Cast(tuple(Person(f"@{tag}", None, tag) for tag in HANDLE.findall(match[1])), _SURE, True)


def _least(shape: Shape, cast: Cast, eased: frozenset[Shape]) -> float:
    """Returns the evidence that a side must give of its people, by what the note's other headings do."""
    if shape in eased:
        return _EASED
    least = _SURE if shape.sign in _LOOSE else 1.5
    if shape.sign == GAP:
        least = 0.8
    if shape == BRACKETS and any(p.affiliation for p in cast.people):
        least = 0.7
    return min(least, _LIKELY) if _SOME in eased and least < _SURE else least


_CONNECTS = re.compile(
    r"\b(?:a|an|and|as|at|by|for|from|in|into|is|of|on|or|our|the|to|vs|with|your|de|der|die|das|la|le|und|et)$", re.I
)


def _trailing(text: str) -> Titled | None:
    """Returns a heading that ends with names though no sign sets them off, where others of the note name people too."""
    words = text.split()
    for count in range(min(len(words) - 2, 8), 1, -1):
        names, title = " ".join(words[-count:]), " ".join(words[:-count])
        if _CONNECTS.search(title) or not words[-count][0].isupper():
            continue
        cast = people(names)
        if not cast.people or any(p.affiliation or len(p.name.split()) not in (2, 3) for p in cast.people):
            continue
        if cast.score >= 1.0 and all(_is_surely_set_off(title, p.name) for p in cast.people):
            return Titled(title, cast, NOTHING)
    return None


def _is_surely_set_off(title: str, name: str) -> bool:
    """Tells whether a name behind a title can be no part of it."""
    given, *rest = name.split()
    if any(vocabulary.is_common(word) for word in rest):
        return False
    if vocabulary.is_given_name(given, alone=True) or title.endswith(("?", "!")):
        return True
    later = [word for word in title.split()[1:] if word[0].isalpha()]
    return (
        not vocabulary.is_common(given) and len(later) >= 3 and sum(w[0].islower() for w in later) >= 0.75 * len(later)
    )
