"""The tools of a generation: everything about them follows from which rows mention which name, spelt how."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from kb import words
from kb.catalogue import tool_of
from kb.extract import gazetteer
from kb.index.arrays import Ints
from kb.index.rows import Rows, Tags
from kb.index.segments import Mask
from kb.records import Tool

MENTIONS, SPELLINGS = "tags/tool", "tags/spelling"


class Pairs(NamedTuple):
    """Rows and the numbers of the names that stand in them, each pair once."""

    rows: Ints
    numbers: Ints


class Tools:
    """Tools by number, in the order of their names, by name and by id."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    @cached_property
    def _mentions(self) -> Tags:
        return self._rows.tags(MENTIONS)

    @property
    def names(self) -> list[str]:
        """The names of tools, sorted."""
        return self._mentions.names

    @property
    def pairs(self) -> Pairs:
        """The rows of talks and the numbers of the tools that they mention."""
        return Pairs(self._mentions.rows, self._mentions.numbers)

    @cached_property
    def talk_counts(self) -> Ints:
        """In how many talks each tool is mentioned."""
        return np.bincount(self.pairs.numbers, minlength=len(self.names)).astype(np.int32)

    @cached_property
    def ids(self) -> list[str]:
        """The id of each tool: the slug of its name; where two have one slug, that of the earlier in the notes."""
        slugs = [words.slug(name) for name in self.names]
        taken = Counter(slugs)
        if len(taken) == len(slugs):
            return slugs
        first = np.full(len(slugs), self._rows.size, dtype=np.int64)
        np.minimum.at(first, self.pairs.numbers, self._rows.places[self.pairs.rows])
        ids: dict[str, str] = {}
        for n in sorted(range(len(slugs)), key=lambda n: (int(first[n]), self.names[n])):
            ids[self.names[n]] = (
                words.distinct(slugs[n], set(ids.values()), self.names[n]) if taken[slugs[n]] > 1 else slugs[n]
            )
        return [ids[name] for name in self.names]

    @cached_property
    def _number_of(self) -> dict[str, int]:
        return {id: n for n, id in enumerate(self.ids)}

    @cached_property
    def _id_of(self) -> dict[str, str]:
        return dict(zip(self.names, self.ids, strict=True))

    @cached_property
    def spellings(self) -> dict[str, Counter[str]]:
        """How each tool is spelt where live talks mention it, and how often so."""
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for part in self._rows.parts:
            listed = part.segment.listed(SPELLINGS)
            times = part.segment.arrays.take(f"{SPELLINGS}/values")
            live = np.where(part.gone[listed.all_rows()], 0, times)
            sums = np.add.reduceat(live, listed.starts[:-1]) if len(live) else live
            for term, n in zip(listed.terms, sums.tolist(), strict=True):
                if n:
                    name, _, text = term.partition("\x1f")
                    found[name][text] += n
        return found

    def mentions(self, talks: Mask) -> int:
        """Returns how often some talks mention any tool."""
        return int(self._mentions.times[talks[self.pairs.rows]].sum())

    def id(self, name: str) -> str:
        """Returns the id of the tool of a name."""
        return self._id_of[name]

    def find(self, id: str) -> Tool | None:
        """Returns a tool by its id."""
        n = self._number_of.get(id)
        return None if n is None else self.tool(n)

    def tool(self, n: int) -> Tool:
        """Returns a tool by its number."""
        rows = self.pairs.rows[self.pairs.numbers == n]
        rows = rows[np.argsort(self._rows.places[rows])]
        talks = tuple(map(self._rows.id, rows.tolist()))
        return tool_of(self.ids[n], self.names[n], self.spellings[self.names[n]], talks)

    @cached_property
    def called(self) -> dict[str, dict[str, None]]:
        """The names of tools by the slug of each of their spellings, those that the gazetteer knows among them."""
        found: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for name in self.names:
            for spelling in self.also_called(name):
                found[words.slug(spelling)][name] = None
        return found

    def also_called(self, name: str) -> Iterator[str]:
        """Yields the spellings of a tool."""
        yield name
        yield from self.spellings[name]
        yield from gazetteer.aliases(name)
