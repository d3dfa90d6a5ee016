"""Makes one segment of drafts and of other segments, without their deleted rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kb.index import listing
from kb.index.arrays import Arrays, Ints, Strings, Writing
from kb.index.columns import NUMBERS, TEXTS
from kb.index.drafts import FIELDS, TAGS
from kb.index.segments import Mask, Segment

LISTINGS = (*(f"terms/{field}" for field in FIELDS), "bare/prose", "bare/names", "spelt", *(f"tags/{f}" for f in TAGS))


# So many segments that are not so many times as large as what is new are merged with it, fewer are let stand.
LARGER = 4
# All is merged when more rows than these, and more than this share of the largest segment's, stand outside it or are
# deleted from it: people are worked out anew for them whenever an index is opened.
CHANGED, CHANGED_SHARE = 1_000, 32


class Source(NamedTuple):
    """A draft or segment, and which of its rows go."""

    arrays: Arrays
    gone: Mask | None = None


class Old(NamedTuple):
    """A segment that there is, and which of its rows are deleted."""

    segment: Segment
    gone: Mask


class _File(NamedTuple):
    """A file of a source: its path, the source, and its rows."""

    path: str
    source: int
    start: int
    end: int


def without(segment: Segment, gone: Mask, paths: Iterable[str]) -> Mask:
    """Returns which rows of a segment are deleted when those of some files are, too."""
    gone = gone.copy()
    for path in paths:
        if found := segment.file(path):
            gone[found[0] : found[1]] = True
    return gone


def packed(gone: Mask) -> bytes:
    """Returns a bit for each row, or nothing where none is deleted."""
    return np.packbits(gone).tobytes() if gone.any() else b""


def staying(old: Sequence[Old], fresh: int) -> int:
    """Returns how many of some segments, the largest first, stay as they are beside so many new rows.

    The others are merged with what is new: where several stand that are not much larger, so that their number grows
    with the logarithm of the talks, and most edits write no more than what they change; and all of them when so much
    has changed that questions would begin to feel it.
    """
    if not old:
        return 0
    sizes = [one.segment.size for one in old]
    changed = fresh + sum(sizes[1:]) + int(old[0].gone.sum())
    if changed > max(CHANGED, sizes[0] // CHANGED_SHARE):
        return 0
    stay = len(old)
    while fresh and len(alike := [size for size in sizes[1:stay] if size < LARGER * fresh]) >= LARGER - 1:
        stay -= len(alike)
        fresh += sum(alike)
    return stay


def assemble(path: Path, sources: Sequence[Source]) -> Segment:
    """Writes a segment of all rows of some sources that stay, files in the order of their paths."""
    files = sorted(chain.from_iterable(_files(n, source) for n, source in enumerate(sources)))
    numbers = [np.full(source.arrays.size("kind"), -1, dtype=np.int32) for source in sources]
    starts = [0]
    for file in files:
        rows = file.end - file.start
        numbers[file.source][file.start : file.end] = np.arange(starts[-1], starts[-1] + rows)
        starts.append(starts[-1] + rows)
    with open(path, "wb") as out:
        writing = Writing(out)
        _write_rows(writing, sources, numbers, files, starts)
        for name in LISTINGS:
            for source in sources:
                source.arrays.let_go()  # Much is merged once, and would count as memory of this process until the end.
            listing.put(writing, name, listing.merged([listing.whole(s.arrays, name) for s in sources], numbers))
        writing.close()
    return Segment(path)


def _files(n: int, source: Source) -> list[_File]:
    """Returns the files of a source that stay."""
    starts = source.arrays.take("files").tolist()
    files = zip(Strings(source.arrays, "path"), starts, starts[1:], strict=False)
    return [_File(path, n, a, b) for path, a, b in files if source.gone is None or not source.gone[a]]


def _write_rows(
    writing: Writing, sources: Sequence[Source], numbers: Sequence[Ints], files: list[_File], starts: list[int]
) -> None:
    size = starts[-1]
    for name in ("kind", "line", "problems", *NUMBERS, *(f"length/{field}" for field in FIELDS)):
        writing.put(name, _column([s.arrays.take(name) for s in sources], numbers, size))
    for field in TEXTS:
        _write_texts(writing, field, sources, numbers, size)
    writing.strings("path", [file.path for file in files], are_sought=True)
    writing.put("files", np.array(starts, dtype=np.int32))
    ids, titles = (list(_said(name, sources, files)) for name in ("id", "title"))
    writing.strings("id", ids)
    writing.strings("title", titles)
    # UTF-8 sorts as code points do, so Python's order is that of the bytes.
    writing.put("id/order", np.array(sorted(range(size), key=ids.__getitem__), dtype=np.int32))
    places = [source.arrays.take("records/at") for source in sources]
    lengths = _column([np.diff(at) for at in places], numbers, size)
    writing.put("records/at", np.concatenate(([0], np.cumsum(lengths))).astype(np.int64))
    writing.joined(
        "records/data",
        (
            sources[file.source].arrays.take(
                "records/data", int(places[file.source][file.start]), int(places[file.source][file.end])
            )
            for file in files
        ),
    )


def _said(name: str, sources: Sequence[Source], files: Iterable[_File]) -> Iterator[str]:
    """Yields a text of each row that stays, in the order of files."""
    known = [Strings(source.arrays, name) for source in sources]
    return chain.from_iterable(known[file.source][file.start : file.end] for file in files)


def _column(columns: Sequence[Any], numbers: Sequence[Ints], size: int) -> Any:
    made = np.zeros(size, dtype=columns[0].dtype if columns else np.int32)
    for column, anew in zip(columns, numbers, strict=True):
        stays = anew >= 0
        made[anew[stays]] = column[stays]
    return made


def _write_texts(writing: Writing, field: str, sources: Sequence[Source], numbers: Sequence[Ints], size: int) -> None:
    """Writes the different texts of a column, and the place among them of each row's."""
    known = [list(Strings(source.arrays, f"texts/{field}")) for source in sources]
    texts = sorted(set().union(*known))
    place = {text: n for n, text in enumerate(texts)}
    anew = [np.array([*(place[text] for text in of), -1], dtype=np.int32) for of in known]
    columns = [a[source.arrays.take(f"texts/{field}/of")] for a, source in zip(anew, sources, strict=True)]
    writing.strings(f"texts/{field}", texts)
    writing.put(f"texts/{field}/of", _column(columns, numbers, size))
