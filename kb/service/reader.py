"""The verbs that answer: each of them out of the one generation that their Reader holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from kb import answers
from kb.errors import UnknownRecordError
from kb.fields import FIELDS
from kb.index import Found, Page, Snapshot, Stored
from kb.query.explanation import PLURALS
from kb.query.nearly import nearly
from kb.query.passages import Passages
from kb.query.phrases import Question, read_question
from kb.query.tree import All, Node, Not, Query, Term, disjunction
from kb.records import Kind
from kb.roots import location_of
from kb.service.cursors import cursor_at
from kb.service.request import LIMIT, Request, kind_of, likeliest, size_of
from kb.service.stale import stale

PIECE = 5_000  # Hits of an answer that are made together where all are wanted.
COMPLETIONS = 10
TYPED = 200  # Characters of what is being typed that are looked at.
KEYWORDS = 20  # Words that a talk is compared by.

Kept = Callable[[int], Snapshot | None]
AsSeen = Callable[[dict[str, Stored]], dict[str, Stored]]


class Reader:
    """Answers out of one generation of the index; all answers are wire records of `kb.answers`."""

    def __init__(self, snapshot: Snapshot, kept: Kept, as_seen: AsSeen) -> None:
        self.snapshot, self._kept, self._as_seen = snapshot, kept, as_seen

    def at(self, request: Request) -> Reader:
        """Returns the reader of the generation that a request's first page was of, while it is kept, or this one."""
        began = request.began
        if began is None or began.is_of(self.snapshot):
            return self
        kept = self._kept(began.generation)
        return Reader(kept, self._kept, self._as_seen) if kept and began.is_of(kept) else self

    def search(self, request: Request) -> answers.Answer:
        """Answers a question: a page of hits and how it was understood."""
        snapshot, began = self.snapshot, request.began
        start = began.start if began else 0
        question, shown, page = self._found(request, start, request.size)
        if began and not began.is_of(snapshot):
            question = _warned(question, f"the notes changed since the first page; {_may_be_missing(question)}")
        upto = start + len(page.found)
        following = request.cursor_of(cursor_at(snapshot, upto)) if page.found and upto < page.total else None
        return self._answer(request, question, shown, page, request.size, following)

    def every(self, request: Request) -> Iterator[answers.Answer]:
        """Yields the answer to a question in pieces with the next hits each; the first has the facets."""
        question, shown, page = self._found(request, 0, PIECE)
        start = 0
        while True:
            yield self._answer(request, question, shown, page, page.total, None)
            start += len(page.found)
            if not page.found or start >= page.total:
                return
            page = self.snapshot.search(question.query, PIECE, start)

    def _answer(
        self, request: Request, question: Question, shown: Node, page: Page, limit: int, following: str | None
    ) -> answers.Answer:
        """Returns a page as an answer; `following` is the cursor of the next one, if there is any."""
        return answers.Answer(
            format=answers.FORMAT,
            kind=question.query.kind,
            hits=self._hits(request, question.query, shown, page),
            total=page.total,
            limit=limit,
            next=following,
            next_url=request.url(following) if following else None,
            query=answers.understood(question),
            facets={name: list(values) for name, values in page.facets.items()},
            index=answers.IndexState(self.snapshot.generation, self.snapshot.updated_at),
        )

    def _hits(self, request: Request, query: Query, shown: Node, page: Page) -> list[answers.Hit]:
        """Returns what was found as hits, with what they score for where that is asked for."""
        passages = Passages(shown, request.highlight)
        hits = [answers.hit(found, self.snapshot, passages) for found in page.found]
        if request.explain:
            for hit, found in zip(hits, page.found, strict=True):
                hit.why = list(self.snapshot.why(query, found))
        return hits

    def _found(self, request: Request, start: int, size: int) -> tuple[Question, Node, Page]:
        """Returns a question as it is answered, the tree to show hits by, and the page: nearly, where no talk has all of
        its words.
        """
        question = request.question(self.snapshot.names)
        facets = request.known_facets
        page = self.snapshot.search(question.query, size, start, facets)
        near = None if page.total else nearly(question.query.where, self.snapshot.names)
        if near is None:
            return question, question.query.where, page
        question = msgspec.structs.replace(
            _warned(question, *near.warnings), query=msgspec.structs.replace(question.query, where=near.where)
        )
        return question, near.shown, self.snapshot.search(question.query, size, start, facets)

    def similar(self, talk: str, limit: int | str = LIMIT) -> answers.Answer:
        """Returns the talks most like one: those with the words that tell it from others."""
        snapshot, size = self.snapshot, size_of(limit)
        found = self.show(talk, "talk")
        words = snapshot.keywords(talk, KEYWORDS)
        query = Query(disjunction(*map(Term, words))) if words else Query(Not(All()))
        title = getattr(found.record, "title", talk)
        page, passages = snapshot.search(query, size + 1), Passages(query.where)
        others = [one for one in page.found if one.id != talk][:size]
        return answers.Answer(
            format=answers.FORMAT,
            kind="talk",
            hits=[answers.hit(one, snapshot, passages) for one in others],
            total=max(page.total - 1, 0),
            limit=size,
            next=None,
            next_url=None,
            query=answers.Understood(title, str(query), f"talks like “{title}”", None, []),
            facets={},
            index=answers.IndexState(snapshot.generation, snapshot.updated_at),
        )

    def suggest(self, q: str, limit: int | str = COMPLETIONS) -> answers.Suggestions:
        """Returns what a question that is being typed may become."""
        return answers.Suggestions(self.snapshot.complete(q[:TYPED], size_of(limit)))

    def question(self, q: str) -> Question:
        """Reads a question with the names that the index knows."""
        return read_question(q, self.snapshot.names)

    def explain(self, q: str) -> answers.Explained:
        """Returns how a question is understood, word by word."""
        return answers.explained(self.question(q))

    def show(self, id: str, kind: str | None = None) -> Found:
        """Returns a record by its id, of a kind or of the first that has it, talks first, or by `path:line`."""
        kinds: Iterable[Kind] = (kind_of(kind),) if kind else ("talk", "note", "speaker", "tool", "mention")
        for one in kinds:
            if found := self.snapshot.get(one, id):
                return found
        place, _, line = id.rpartition(":")
        if kind is None and place and line.isdigit() and (found := self._at(place, int(line))):
            return found
        known = [other for one in kinds if one != "mention" for other in self.snapshot.ids(one)]
        raise UnknownRecordError(kind, id, likeliest(id, known, 70))

    def _at(self, place: str, line: int) -> Found | None:
        """Returns what stands at a line of a path as the index names it, or as it opens from here."""
        if found := self.snapshot.at(place, line):
            return found
        absolute = os.path.abspath(place)
        for path, location in self.locations({r.note.source.path for r in self.snapshot.readings()}).items():
            if location == absolute:
                return self.snapshot.at(path, line)
        return None

    def whole(self, id: str, kind: str | None = None, html: bool = False) -> answers.Hit:
        """Returns one whole record by its id; a talk with its HTML where that is asked for."""
        from kb.render import rendered

        found = self.show(id, kind)
        text = getattr(found.record, "text", "") if found.kind == "talk" and html else None
        return answers.whole(found, self.snapshot, rendered(text) if text is not None else None)

    def fields(self) -> answers.Fields:
        """Returns the fields of the query language, with the values that occur."""
        listed = []
        for field in FIELDS.values():
            values = self.snapshot.facet(field.name) if field.facet else ()
            counted = [{"value": v.value, "count": v.count} for v in values]
            listed.append(
                answers.FieldOfLanguage(field.name, field.type, field.many, field.example, counted, field.says)
            )
        return answers.Fields(listed)

    def problems(self) -> answers.Problems:
        """Returns what could not be read at the last ingest."""
        found = self.snapshot.problems()
        return answers.Problems(list(found), len(found))

    def status(self) -> answers.Status:
        """Returns what the index is built of, and which files have changed since."""
        snapshot = self.snapshot
        counts = snapshot.counts()
        made = datetime.strptime(snapshot.updated_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return answers.Status(
            generation=snapshot.generation,
            updated_at=snapshot.updated_at,
            age_seconds=max(0, int((datetime.now(UTC) - made).total_seconds())),
            roots=[root.location for root in snapshot.roots],
            counts=counts.kinds,
            bytes=counts.bytes,
            stale_files=stale(self._as_seen(snapshot.files()), snapshot.roots),
            problems=counts.problems,
        )

    def export(self) -> Iterable[answers.Hit]:
        """Yields every record in a fixed order."""
        return answers.exported(self.snapshot)

    def locations(self, paths: Iterable[str]) -> dict[str, str]:
        """Returns the absolute place of each path of a note."""
        return {path: location_of(path, self.snapshot.roots) for path in paths}


def _warned(question: Question, *warnings: str) -> Question:
    return msgspec.structs.replace(question, warnings=(*question.warnings, *warnings))


def _may_be_missing(question: Question) -> str:
    return f"some {PLURALS[question.query.kind]} may be missing or shown twice"
