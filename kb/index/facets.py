"""How the talks of an answer spread over a field's values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

import numpy as np

from kb.index import FacetValue
from kb.index.arrays import Ints
from kb.index.columns import HUNDREDTHS
from kb.index.documents import Documents
from kb.index.people import Pairs
from kb.index.segments import Mask
from kb.words import fold


def count(field: str, talks: Mask, documents: Documents) -> tuple[FacetValue, ...]:
    """Returns the values of a field that some talks have, the most frequent first; a talk counts once for each."""
    if field == "kind":
        return _kinds(talks, documents)
    if field in ("rating", "year"):
        values = documents.rows.column(field)[talks]
        found, times = np.unique(values[values >= 0], return_counts=True)
        numbers = [(_plain(n / HUNDREDTHS) if field == "rating" else n) for n in found.tolist()]
        counted = [FacetValue(n, _label(field, n), t) for n, t in zip(numbers, times.tolist(), strict=True)]
        return tuple(reversed(counted))
    texts = _speakers(talks, documents) if field == "speaker" else documents.tag_counts(field, talks)
    listed = [FacetValue(text, text, n) for text, n in texts.items()]
    return tuple(sorted(listed, key=lambda v: (-v.count, fold(v.label), v.label)))


def _speakers(talks: Mask, documents: Documents) -> Counter[str]:
    """Returns how many talks each name of a speaker has; people of one name count as that name."""
    pairs = documents.people.speaking
    counts = _counts(pairs, talks)
    numbers = np.flatnonzero(counts).tolist()
    named: defaultdict[str, list[int]] = defaultdict(list)
    for name, n in zip(documents.people.names_of("speaker", numbers), numbers, strict=True):
        named[name].append(n)
    several = {name: pairs.rows[np.isin(pairs.numbers, of)] for name, of in named.items() if len(of) > 1}
    counted = {name: int(counts[of[0]]) for name, of in named.items()}
    return Counter(counted | {name: len(np.unique(rows[talks[rows]])) for name, rows in several.items()})


def _counts(pairs: Pairs, talks: Mask) -> Ints:
    return np.bincount(pairs.numbers[talks[pairs.rows]])  # type: ignore[return-value]


def _kinds(talks: Mask, documents: Documents) -> tuple[FacetValue, ...]:
    people = documents.people
    mentions = 0
    for part in documents.rows.parts:
        used = part.segment.listed("tags/tool")
        of = talks[part.start : part.end][used.all_rows()]
        mentions += int(part.segment.arrays.take("tags/tool/values")[of].sum())
    counts: dict[str, Callable[[], int]] = {
        "talk": lambda: int(talks.sum()),
        "speaker": lambda: int(np.count_nonzero(_counts(people.speaking, talks))),
        "rating": lambda: int(np.count_nonzero(documents.rows.column("rating")[talks] >= 0)),
        "mention": lambda: mentions,
        "tool": lambda: int(np.count_nonzero(_counts(people.using, talks))),
        "note": lambda: len({documents.rows.of_file(row) for row in np.flatnonzero(talks).tolist()}),
    }
    found = {kind: count() for kind, count in counts.items()}
    return tuple(FacetValue(kind, f"{kind}s", n) for kind, n in found.items() if n)


def mask_of(rows: Iterable[int] | Ints, documents: Documents) -> Mask:
    """Returns rows as a mask."""
    mask = np.zeros(documents.size, dtype=bool)
    mask[np.fromiter(rows, dtype=np.int64) if not isinstance(rows, np.ndarray) else rows] = True
    return mask


def _label(field: str, value: float | int) -> str:
    if field == "rating":
        return f"{value} star{'' if value == 1 else 's'}"
    return str(value)


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else value
