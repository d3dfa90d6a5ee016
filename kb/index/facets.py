"""How the talks of an answer spread over a field's values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np

from kb.index import FacetValue
from kb.index.arrays import Ints
from kb.index.columns import HUNDREDTHS
from kb.index.documents import Documents
from kb.index.segments import Mask
from kb.index.tools import Pairs
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
    pairs = documents.people.pairs
    counts = _counts(pairs, talks)
    numbers = np.flatnonzero(counts).tolist()
    named: defaultdict[str, list[int]] = defaultdict(list)
    for name, n in zip(documents.people.names_of(numbers), numbers, strict=True):
        named[name].append(n)
    several = {name: pairs.rows[np.isin(pairs.numbers, of)] for name, of in named.items() if len(of) > 1}
    counted = {name: int(counts[of[0]]) for name, of in named.items()}
    return Counter(counted | {name: len(np.unique(rows[talks[rows]])) for name, rows in several.items()})


def _counts(pairs: Pairs, talks: Mask) -> Ints:
    return np.bincount(pairs.numbers[talks[pairs.rows]])  # type: ignore[return-value]


def _kinds(talks: Mask, documents: Documents) -> tuple[FacetValue, ...]:
    rows = np.flatnonzero(talks).astype(np.int32)
    counts = {
        "talk": len(rows),
        "speaker": int(np.count_nonzero(_counts(documents.people.pairs, talks))),
        "rating": int(np.count_nonzero(documents.rows.column("rating")[rows] >= 0)),
        "mention": documents.tools.mentions(talks),
        "tool": int(np.count_nonzero(_counts(documents.tools.pairs, talks))),
        "note": len(np.unique(documents.rows.files_of(rows))),
    }
    return tuple(FacetValue(kind, f"{kind}s", n) for kind, n in counts.items() if n)


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
