"""The tools of a generation: everything about them follows from which rows mention which name, spelt how."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from kb import words
from kb.catalogue import tool_of
from kb.extract import gazetteer
from kb.index.arrays import Ints
from kb.index.listing import Listed
from kb.index.naming import Named, key_of
from kb.index.rows import Rows, Tags
from kb.index.segments import Mask
from kb.records import Tool

MENTIONS, SPELLINGS = "tags/tool", "tags/spelling"


_slug = lru_cache(maxsize=20_000)(words.slug)  # Tools are much the same in every generation.


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
        names = self.names
        ids = [_slug(name) for name in names]
        times = Counter(ids)
        alike = np.array([n for n, id in enumerate(ids) if times[id] > 1], dtype=np.int32)
        if len(alike):
            taken = {id for id in ids if times[id] == 1}
            having = np.isin(self.pairs.numbers, alike)
            first = np.full(len(names), self._rows.size, dtype=np.int64)
            np.minimum.at(first, self.pairs.numbers[having], self._rows.places[self.pairs.rows[having]])
            for n in sorted(alike.tolist(), key=lambda n: (int(first[n]), names[n])):
                ids[n] = words.distinct(ids[n], taken, names[n])
                taken.add(ids[n])
        return ids

    @cached_property
    def _number_of(self) -> dict[str, int]:
        return {id: n for n, id in enumerate(self.ids)}

    @cached_property
    def _id_of(self) -> dict[str, str]:
        return dict(zip(self.names, self.ids, strict=True))

    def talks(self, name: str) -> int:
        """Returns how many talks mention a tool."""
        return self._rows.having(MENTIONS, name)

    def said(self, text: str) -> list[str]:
        """Returns the names of the tools that are called by some words, which are folded."""
        return self._called(text, lambda named: named.tools_said, lambda name: key_of("tool", name)[1])

    def slugged(self, slug: str) -> list[str]:
        """Returns the names of the tools of which some spelling has a slug."""
        return self._called(slug, lambda named: named.tool_slugs, words.slug)

    def _called(self, text: str, of: Callable[[Named], Listed], key: Callable[[str], str]) -> list[str]:
        found: dict[str, None] = {}
        for part in self._rows.parts:
            if (n := of(part.named).terms.find(text)) >= 0:
                names = part.segment.listed(MENTIONS).terms
                found.update((names[number], None) for number in of(part.named).rows(n).tolist())
        if not any(part.has_gone for part in self._rows.parts):
            return list(found)
        # What is deleted may have been all that spelt a tool so.
        return [name for name in found if self.talks(name) and text in map(key, self.also_called(name))]

    def spellings(self, name: str) -> Counter[str]:
        """Returns how a tool is spelt where live talks mention it, and how often so."""
        found: Counter[str] = Counter()
        for part in self._rows.parts:
            listed = part.segment.listed(SPELLINGS)
            for n in range(*listed.terms.beginning(f"{name}\x1f")):
                rows, times = listed.found(n)
                if live := int(times[~part.gone[rows]].sum()):
                    found[listed.terms[n].partition("\x1f")[2]] += live
        return found

    def mentioned(self, kept: Ints | None = None) -> Ints:
        """Returns how often each row mentions any tool, or the tools of some of the pairs."""
        rows, times = self.pairs.rows, self._mentions.times
        if kept is not None:
            rows, times = rows.take(kept), times.take(kept)
        return np.bincount(rows, weights=times, minlength=self._rows.size).astype(np.int32)

    def names_in(self, row: int, kept: Ints) -> set[str]:
        """Returns the names of the tools that a row mentions by some of the pairs."""
        numbers = self.pairs.numbers.take(kept)[self.pairs.rows.take(kept) == row]
        return {self.names[n] for n in numbers.tolist()}

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

    @cached_property
    def _in_order(self) -> tuple[Ints, Ints]:
        """The pairs by tool and place, and where those of each tool begin."""
        rows, numbers = self.pairs
        order = np.lexsort((self._rows.places[rows], numbers)).astype(np.int32)
        return order, np.append(0, np.cumsum(self.talk_counts)).astype(np.int32)

    def tool(self, n: int) -> Tool:
        """Returns a tool by its number."""
        order, starts = self._in_order
        rows = self.pairs.rows[order[starts[n] : starts[n + 1]]]
        talks = tuple(map(self._rows.id, rows.tolist()))
        return tool_of(self.ids[n], self.names[n], self.spellings(self.names[n]), talks)

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
        yield from self.spellings(name)
        yield from gazetteer.aliases(name)
