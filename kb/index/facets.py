"""How the talks of an answer spread over a field's values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from kb.catalogue import Catalogue
from kb.index import FacetValue
from kb.records import Talk, year_of
from kb.words import fold


def count(field: str, talks: Iterable[Talk], catalogue: Catalogue) -> tuple[FacetValue, ...]:
    """Returns the values of a field that some talks have, the most frequent first; a talk counts once for each."""
    talks = list(talks)
    if field == "kind":
        return _kinds(talks, catalogue)
    counted: Counter[str | float | int] = Counter()
    for talk in talks:
        counted.update(set(_values(field, talk, catalogue)))
    values = [FacetValue(value, _label(field, value), n) for value, n in counted.items()]
    if field in ("rating", "year"):
        return tuple(sorted(values, key=lambda v: -float(v.value)))
    return tuple(sorted(values, key=lambda v: (-v.count, fold(v.label), v.label)))


def _values(field: str, talk: Talk, catalogue: Catalogue) -> Iterator[str | float | int]:
    if field == "rating" and talk.rating:
        yield _plain(talk.rating.value)
    elif field == "year" and (year := year_of(talk)) is not None:
        yield year
    elif field == "event" and talk.event:
        yield talk.event
    elif field == "speaker":
        yield from (catalogue.speakers[catalogue.speaker_id(p)].name for p in talk.speakers)
    elif field == "affiliation":
        yield from (p.affiliation for p in talk.speakers if p.affiliation)
    elif field == "tool":
        yield from (m.name for m in talk.mentions)


def _kinds(talks: list[Talk], catalogue: Catalogue) -> tuple[FacetValue, ...]:
    counts = {
        "talk": len(talks),
        "speaker": len({catalogue.speaker_id(p) for talk in talks for p in talk.speakers}),
        "rating": sum(talk.rating is not None for talk in talks),
        "mention": sum(len(talk.mentions) for talk in talks),
        "tool": len({m.name for talk in talks for m in talk.mentions}),
        "note": len({talk.note for talk in talks}),
    }
    return tuple(FacetValue(kind, f"{kind}s", n) for kind, n in counts.items() if n)


def _label(field: str, value: str | float | int) -> str:
    if field == "rating":
        return f"{value} star{'' if value == 1 else 's'}"
    return str(value)


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else value
