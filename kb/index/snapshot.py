"""One generation of the index, in memory: searched by any number of threads, changed by none."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np

from kb import words
from kb.fields import SORTS, WEIGHTS
from kb.index import Completion, Counts, FacetValue, Found, Page, Position, Reason, Stored, facets, scoring
from kb.index.completion import Completions
from kb.index.documents import Documents
from kb.index.lexicon import Lexicon
from kb.index.order import key_of, values_of
from kb.index.own import has_own, satisfies
from kb.index.segments import Segment
from kb.index.selection import Selected, Selection
from kb.query.tree import Query, leaves
from kb.records import Appearance, Kind, Mention, Note, Problem, Rating, Reading, Speaker, Talk, Tool


class _Ranked(Sequence[Found]):
    """Talks in the order of an answer, as numbers: a record is made when it is looked at."""

    def __init__(self, documents: Documents, query: Query, selected: Selected) -> None:
        numbers = np.flatnonzero(selected.mask)
        self.documents = documents
        self.scores = np.round(selected.scores, scoring.DIGITS)
        # `lexsort` takes its last key first; documents are numbered by path and line, which break ties.
        keys = [numbers, -self.scores[numbers]]
        for key in reversed(query.sort):
            ranks = documents.ranks(key.field)[numbers]
            keys.append(np.where(np.isinf(ranks), ranks, -ranks) if key.descending else ranks)
        self.numbers = numbers[np.lexsort(keys)]

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, at: int) -> Found: ...

    @overload
    def __getitem__(self, at: slice) -> list[Found]: ...

    def __getitem__(self, at: int | slice) -> Found | list[Found]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        n = self.numbers[at]
        record = self.documents.records[n]
        return Found("talk", record.id, record, float(self.scores[n]))


class Snapshot:
    """Answers queries over the documents of one generation."""

    def __init__(
        self,
        segments: list[tuple[Segment, frozenset[int]]],
        generation: int,
        updated_at: str,
        roots: tuple[str, ...],
        bytes: int,
    ) -> None:
        self.generation, self.updated_at, self.roots = generation, updated_at, roots
        self._bytes = bytes
        self._documents = Documents(segments)

    @cached_property
    def names(self) -> Lexicon:
        """The names that the talks have, for reading plain English."""
        return Lexicon(self._documents)

    def search(self, query: Query, limit: int = 20, after: Position | None = None, facets: Iterable[str] = ()) -> Page:
        """Answers a query: the best `limit` records after a position, and how many there are in all."""
        selection = Selection(self._documents)
        selected = selection.select(query.where)
        if query.kind != "note":
            mask = selected.mask & self._documents.is_talk
            selected = Selected(mask, np.where(mask, selected.scores, 0.0))
        found: Sequence[Found] = (
            _Ranked(self._documents, query, selected)
            if query.kind == "talk"
            else sorted(self._found(query, selection, selected), key=lambda f: key_of(query, values_of(query, f)))
        )
        start = 0
        if after is not None:
            key = key_of(query, (*after.values, after.id))
            start = bisect_right(found, key, key=lambda f: key_of(query, values_of(query, f)))
        page = found[start : start + limit]
        more = start + limit < len(found)
        last = values_of(query, page[-1]) if more and page else None
        return Page(
            found=tuple(page),
            total=len(found),
            next=Position(last[:-1], str(last[-1])) if last else None,
            facets=self._facets(found, query.kind, facets),
        )

    def _found(self, query: Query, selection: Selection, selected: Selected) -> list[Found]:
        """Returns the records of the kind asked for that the selected documents have, in no order."""
        documents = self._documents
        numbers = np.flatnonzero(selected.mask)
        scores = np.round(selected.scores, scoring.DIGITS)
        own = has_own(query)
        found: dict[str, Found] = {}
        for n in numbers:
            record, score = documents.records[n], float(scores[n])
            for one in self._records(query.kind, record, score):
                if own and not satisfies(query, one, int(n), selection, self._documents):
                    continue
                known = found.get(one[0].id)
                if known is None or known.score < score:
                    found[one[0].id] = one[0]
        return list(found.values())

    def _records(self, kind: Kind, record: Talk | Note, score: float) -> Iterator[tuple[Found, Any]]:
        """Yields the records of a kind that a document has, each with the part of the document that it is."""
        catalogue = self._documents.catalogue
        if kind == "note":
            id = record.note if isinstance(record, Talk) else record.id
            yield Found("note", id, self._documents.notes[id], score), None
            return
        assert isinstance(record, Talk)
        if kind == "rating" and record.rating:
            yield Found("rating", record.id, record.rating, score, record), record.rating
        elif kind == "speaker":
            for person in record.speakers:
                id = catalogue.speaker_id(person)
                yield Found("speaker", id, catalogue.speakers[id], score), person
        elif kind in ("tool", "mention"):
            for mention in record.mentions:
                id = catalogue.tool_id(mention)
                if kind == "tool":
                    yield Found("tool", id, catalogue.tools[id], score), mention
                else:
                    id = f"{record.id}@{mention.line}:{mention.column}"
                    yield Found("mention", id, mention, score, record), mention

    def _facets(self, found: Sequence[Found], kind: Kind, names: Iterable[str]) -> dict[str, tuple[FacetValue, ...]]:
        """Counts the values of facets over the talks that the found records stand in."""
        names = list(dict.fromkeys(names))
        if not names:
            return {}
        talks = self._talks_of(found, kind)
        return {name: facets.count(name, talks, self._documents.catalogue) for name in names}

    def _talks_of(self, found: Sequence[Found], kind: Kind) -> list[Talk]:
        documents = self._documents
        if isinstance(found, _Ranked):
            return [r for r in (documents.records[n] for n in found.numbers) if isinstance(r, Talk)]
        if kind == "note":
            return [talk for f in found for talk in documents.of_note[f.id]]
        ids: dict[str, None] = {}
        for f in found:
            if isinstance(f.record, Speaker | Tool):
                ids.update(dict.fromkeys(f.record.talks))
            elif f.talk:
                ids[f.talk.id] = None
        return [talk for talk in (documents.records[documents.number[id]] for id in ids) if isinstance(talk, Talk)]

    def warm(self) -> None:
        """Makes at once what the first questions would otherwise wait for."""
        documents = self._documents
        self.names.find("kb")
        documents.like("warmth")
        for field in WEIGHTS:
            documents.by_length(field)
            documents.lengths(field)
        for field in SORTS:
            documents.ranks(field)

    def why(self, query: Query, found: Found) -> tuple[Reason, ...]:
        """Returns why a record ranks where it does: the conditions of a query that it satisfies, with their scores."""
        talk = found.talk.id if found.talk else found.id
        number = self._documents.number.get(talk)
        if number is None:
            return ()
        selection, reasons = Selection(self._documents), []
        for leaf in dict.fromkeys(leaves(query.where)):
            part = selection.select(leaf)
            if part.mask[number]:
                reasons.append(Reason(str(leaf), round(float(part.scores[number]), scoring.DIGITS)))
        whole = selection.select(query.where)
        rest = round(float(whole.scores[number]) - sum(r.score for r in reasons), scoring.DIGITS)
        return (*reasons, *((Reason("side by side in the title", rest),) if rest > 0 else ()))

    def keywords(self, talk: str, count: int) -> list[str]:
        """Returns the words that tell a talk from others, the most telling first: by frequency and rarity."""
        record, documents = self._talk(talk), self._documents
        if record is None:
            return []
        said: dict[str, list[str]] = {}
        for term in words.terms(f"{record.title}\n{record.title}\n{record.text}"):
            if not term.isdigit() and len(term) > 1:
                said.setdefault(words.stem(term), []).append(term)
        weighed: list[tuple[float, str]] = []
        for stem, terms in said.items():
            having = documents.postings("text", stem) or documents.postings("title", stem)
            if having is not None and len(having.docs) > 1:
                weight = (1 + math.log(len(terms))) * scoring.idf(len(having.docs), documents.count)
                weighed.append((-weight, terms[0]))
        return [word for _, word in sorted(weighed)[:count]]

    @cached_property
    def _completions(self) -> Completions:
        return Completions(self._documents)

    def complete(self, text: str, limit: int) -> list[Completion]:
        """Returns what a text that is being typed may become, the likeliest first."""
        return self._completions.complete(text, limit)

    def get(self, kind: Kind, id: str) -> Found | None:
        """Returns a record by its id."""
        documents = self._documents
        record: Talk | Speaker | Tool | Note | Rating | Mention | None = None
        talk = self._talk(id.partition("@")[0] if kind == "mention" else id)
        if kind == "talk":
            record = talk
        elif kind == "rating" and talk:
            record = talk.rating
        elif kind == "mention" and talk:
            place = id.partition("@")[2]
            record = next((m for m in talk.mentions if f"{m.line}:{m.column}" == place), None)
        elif kind == "speaker":
            record = documents.catalogue.speakers.get(id)
        elif kind == "tool":
            record = documents.catalogue.tools.get(id)
        elif kind == "note":
            record = documents.notes.get(id)
        if record is None:
            return None
        return Found(kind, id, record, 0.0, talk if kind in ("rating", "mention") else None)

    def _talk(self, id: str) -> Talk | None:
        number = self._documents.number.get(id)
        record = self._documents.records[number] if number is not None else None
        return record if isinstance(record, Talk) else None

    def at(self, path: str, line: int) -> Found | None:
        """Returns the talk that covers a line of a note, or the note itself."""
        file = self._documents.files.get(path)
        if file is None or file.note is None or not 1 <= line <= file.note.source.end_line:
            return None
        for talk in self._documents.of_note[file.note.id]:
            if talk.source.line <= line <= talk.source.end_line:
                return Found("talk", talk.id, talk, 0.0)
        return Found("note", file.note.id, file.note, 0.0)

    def facet(self, field: str) -> tuple[FacetValue, ...]:
        """Returns all values of a facet over all talks."""
        return facets.count(field, self._documents.talks, self._documents.catalogue)

    def ids(self, kind: Kind) -> Iterable[str]:
        """Returns the ids of all records of a kind."""
        documents = self._documents
        by_kind: dict[str, Callable[[], Iterable[str]]] = {
            "speaker": lambda: documents.catalogue.speakers,
            "tool": lambda: documents.catalogue.tools,
            "note": lambda: documents.notes,
        }
        return by_kind.get(kind, lambda: documents.number)()

    def talks_of(self, ids: Iterable[str]) -> list[Talk]:
        """Returns the talks with these ids, in the order of the notes."""
        numbers = sorted(self._documents.number[id] for id in ids)
        return [r for r in (self._documents.records[n] for n in numbers) if isinstance(r, Talk)]

    def speaker_id(self, who: Appearance) -> str:
        """Returns the id of the speaker that a talk names so."""
        return self._documents.catalogue.speaker_id(who)

    def tool_id(self, mention: Mention) -> str:
        """Returns the id of the tool that is mentioned."""
        return self._documents.catalogue.tool_id(mention)

    def readings(self) -> Iterator[Reading]:
        """Yields every note with its talks and problems, in the order of their paths."""
        for path in sorted(self._documents.files):
            file = self._documents.files[path]
            if file.note:
                yield Reading(file.note, tuple(self._documents.of_note[file.note.id]), file.problems)

    def talks_in(self, note: str) -> list[Talk]:
        """Returns the talks of a note by its id."""
        return self._documents.of_note[note]

    def files(self) -> dict[str, Stored]:
        """Returns what this generation was built from, by path."""
        return {path: file.stored for path, file in self._documents.files.items()}

    def problems(self) -> tuple[Problem, ...]:
        """Returns the problems of all notes in the order of path and line."""
        return tuple(sorted(p for file in self._documents.files.values() for p in file.problems))

    def counts(self) -> Counts:
        """Returns how much there is."""
        talks = self._documents.talks
        catalogue = self._documents.catalogue
        kinds = {
            "talk": len(talks),
            "speaker": len(catalogue.speakers),
            "rating": sum(talk.rating is not None for talk in talks),
            "mention": sum(len(talk.mentions) for talk in talks),
            "tool": len(catalogue.tools),
            "note": len(self._documents.notes),
        }
        return Counts(kinds, self._bytes, len(self.problems()))
