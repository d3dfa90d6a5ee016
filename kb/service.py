"""The one KnowledgeBase: the few verbs that every front end is handed."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kb import answers, notes
from kb.catalogue import catalogue
from kb.config import Config
from kb.errors import BadParameterError, KbError, UnknownRecordError
from kb.fields import FACETS, FIELDS
from kb.index import Found, Index, Page, Position, Snapshot, Stored, open_index
from kb.notes import File
from kb.query.explanation import PLURALS
from kb.query.language import ranged_or_value
from kb.query.nearly import nearly
from kb.query.passages import Passages
from kb.query.phrases import Question, read_question
from kb.query.tree import All, Node, Not, Query, SortKey, Term, conjunction, disjunction
from kb.records import KINDS, Kind, Problem, Reading
from kb.roots import location_of, roots_of

if TYPE_CHECKING:
    from kb.ingest import IsSame, Progress, Report
    from kb.scope import Others

LIMIT = 20
MOST = 100
COMPLETIONS = 10
TYPED = 200  # Characters of what is being typed that are looked at.
KEYWORDS = 20  # Words that a talk is compared by.


class KnowledgeBase:
    """Notes, ingested and asked; all its answers are wire records of `kb.answers`."""

    def __init__(self, config: Config, index: Index | None = None) -> None:
        self.config = config
        self.index = index or open_index(config.index)

    def ingest(
        self,
        paths: Sequence[str] = (),
        rebuild: bool = False,
        progress: Progress | None = None,
        is_same: IsSame | None = None,
        others: Others = "stop",
    ) -> Report:
        """Brings the index up to date with the notes; `others` says what becomes of notes that no path reaches."""
        from kb.ingest import ingest

        return ingest(self.index, paths, self.config.notes, rebuild, progress, is_same, others)

    def search(
        self,
        q: str = "",
        kind: str | None = None,
        sort: str | None = None,
        limit: int | str = LIMIT,
        cursor: str | None = None,
        facet: Sequence[str] = (),
        highlight: bool = True,
        explain: bool = False,
        fields: Mapping[str, Sequence[str]] | None = None,
        path: str = "/v1/search",
    ) -> answers.Answer:
        """Answers a question: a page of hits and how it was understood; parameters narrow what `q` asks."""
        snapshot = self.index.snapshot()
        question = self._asked(q, kind, sort, fields or {}, snapshot)
        size = _limit(limit)
        asked = tuple(dict.fromkeys(_known("facet", name, FACETS) for name in facet))
        query, shown = question.query, question.query.where
        page = _page(snapshot, query, size, cursor, asked)
        if page is None or (not page.total and cursor is None):
            near = nearly(shown, snapshot.names) if page or not snapshot.search(query, 0).total else None
            if near:
                query, shown = msgspec.structs.replace(query, where=near.where), near.shown
                question = msgspec.structs.replace(question, warnings=(*question.warnings, *near.warnings))
                page = _page(snapshot, query, size, cursor, asked)
        if page is None:
            raise BadParameterError("cursor", "the cursor belongs to another question", code="bad_cursor")
        following = _cursor(position, _seal(query)) if (position := page.next) else None
        parameters = {"q": q, "kind": kind, "sort": sort, **(fields or {})}
        passages = Passages(shown, highlight)
        return answers.Answer(
            format=answers.FORMAT,
            kind=question.query.kind,
            hits=[
                _with_reasons(answers.hit(found, snapshot, passages), found, query, snapshot if explain else None)
                for found in page.found
            ],
            total=page.total,
            limit=size,
            next=following,
            next_url=_next_url(path, parameters, size, following, facet, highlight) if following else None,
            query=answers.understood(question),
            facets={name: list(values) for name, values in page.facets.items()},
            index=answers.IndexState(snapshot.generation, snapshot.updated_at),
        )

    def _asked(
        self, q: str, kind: str | None, sort: str | None, fields: Mapping[str, Sequence[str]], snapshot: Snapshot
    ) -> Question:
        """Returns the question with what the parameters say: a kind, an order, conditions."""
        question = read_question(q, snapshot.names)
        query = question.query
        conditions = [_condition(name, values) for name, values in fields.items()]
        if kind is None and sort is None and not conditions:
            return question
        query = Query(
            where=conjunction(query.where, *conditions),
            kind=_kind(kind) if kind is not None else query.kind,
            sort=_sort(sort) if sort is not None else query.sort,
        )
        from kb.query.explanation import explain

        return msgspec.structs.replace(question, query=query, canonical=str(query), explanation=explain(query))

    def explain(self, q: str) -> answers.Explained:
        """Returns how a question is understood, word by word."""
        return answers.explained(self.question(q))

    def similar(self, talk: str, limit: int | str = LIMIT) -> answers.Answer:
        """Returns the talks most like one: those with the words that tell it from others."""
        snapshot, size = self.index.snapshot(), _limit(limit)
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
        return answers.Suggestions(self.index.snapshot().complete(q[:TYPED], _limit(limit)))

    def question(self, q: str) -> Question:
        """Reads a question with the names that the index knows."""
        return read_question(q, self.index.snapshot().names)

    def show(self, id: str, kind: str | None = None) -> Found:
        """Returns a record by its id, of a kind or of the first that has it, talks first, or by `path:line`."""
        snapshot = self.index.snapshot()
        kinds: Iterable[Kind] = (_kind(kind),) if kind else ("talk", "note", "speaker", "tool", "mention")
        for one in kinds:
            if found := snapshot.get(one, id):
                return found
        place, _, line = id.rpartition(":")
        if kind is None and place and line.isdigit() and (found := self._at(snapshot, place, int(line))):
            return found
        known = [other for one in kinds if one != "mention" for other in snapshot.ids(one)]
        raise UnknownRecordError(kind, id, _likeliest(id, known, 70))

    def _at(self, snapshot: Snapshot, place: str, line: int) -> Found | None:
        """Returns what stands at a line of a path as the index names it, or as it opens from here."""
        if found := snapshot.at(place, line):
            return found
        absolute = os.path.abspath(place)
        for path, location in self.locations({r.note.source.path for r in snapshot.readings()}).items():
            if location == absolute:
                return snapshot.at(path, line)
        return None

    def whole(self, kind: Kind, id: str, html: bool = False) -> answers.Hit:
        """Returns one whole record; a talk with its HTML where that is asked for."""
        found = self.show(id, kind)
        return self.shown(found, html)

    def shown(self, found: Found, html: bool = False) -> answers.Hit:
        """Returns a found record whole."""
        from kb.render import rendered

        text = getattr(found.record, "text", "") if found.kind == "talk" and html else None
        return answers.whole(found, self.index.snapshot(), rendered(text) if text is not None else None)

    def fields(self) -> answers.Fields:
        """Returns the fields of the query language, with the values that occur."""
        snapshot = self.index.snapshot()
        listed = []
        for field in FIELDS.values():
            values = snapshot.facet(field.name) if field.facet else ()
            counted = [{"value": v.value, "count": v.count} for v in values]
            listed.append(
                answers.FieldOfLanguage(field.name, field.type, field.many, field.example, counted, field.says)
            )
        return answers.Fields(listed)

    def problems(self) -> answers.Problems:
        """Returns what could not be read at the last ingest."""
        found = self.index.snapshot().problems()
        return answers.Problems(list(found), len(found))

    def status(self) -> answers.Status:
        """Returns what the index is built of, and which files have changed since."""
        snapshot = self.index.snapshot()
        counts = snapshot.counts()
        made = datetime.strptime(snapshot.updated_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return answers.Status(
            generation=snapshot.generation,
            updated_at=snapshot.updated_at,
            age_seconds=max(0, int((datetime.now(UTC) - made).total_seconds())),
            roots=[root.location for root in snapshot.roots],
            counts=counts.kinds,
            bytes=counts.bytes,
            stale_files=self._stale(),
            problems=counts.problems,
        )

    def _stale(self) -> list[str]:
        """Returns the paths of files that are new, changed or gone since the last ingest."""
        known = {path: stored for path, stored in self.index.files().items() if stored.digest and stored.was_read}
        found = notes.look(self.index.roots())
        now = {file.path: file for file in (*found.files, *found.settings)}
        return sorted(
            [*known.keys() ^ now.keys(), *(p for p in known.keys() & now.keys() if _differs(known[p], now[p]))]
        )

    def healthy(self) -> bool:
        """Tells whether questions can be answered."""
        try:
            self.index.snapshot()
        except KbError:
            return False
        return True

    def export(self) -> Iterable[answers.Hit]:
        """Yields every record in a fixed order."""
        return answers.exported(self.index.snapshot())

    def locations(self, paths: Iterable[str]) -> dict[str, str]:
        """Returns the absolute place of each path of a note."""
        roots = self.index.snapshot().roots
        return {path: location_of(path, roots) for path in paths}


def _differs(stored: Stored, file: File) -> bool:
    """Tells whether a file has other bytes than were read; it is read where it looks otherwise and is as large."""
    if stored.looks == file.looks:
        return False
    return stored.size != file.size or notes.read(file).digest != stored.digest


def parse(location: str) -> tuple[Reading, tuple[Problem, ...]]:
    """Reads one note by itself, as `kb parse` shows it; needs no index."""
    from kb.extract.note import read_note
    from kb.settings import above

    file = _file(location)
    text = notes.read(file)
    settings = above(location)
    reading = read_note(file.path, text.text or "", settings=settings)
    problems = text.problems if text.text is None else tuple(sorted({*text.problems, *reading.problems}))
    problems += settings.problems
    return reading, problems


def _file(location: str) -> File:
    """Returns a file to be read by itself: its path as given, made relative if it is below this folder."""
    from kb.errors import NotesUnreadableError

    try:
        status = os.stat(location)
    except OSError as error:
        raise NotesUnreadableError(location, error.strerror or str(error)) from None
    except ValueError as error:
        raise NotesUnreadableError(location, str(error)) from None
    if os.path.isdir(location):
        raise NotesUnreadableError(location, "it is a folder; kb parse reads one file")
    path = Path(os.path.normpath(location)).as_posix().encode("utf-8", "replace").decode("utf-8")
    return File(path.lstrip("./") or path, location, status.st_size, status.st_mtime_ns)


def parsed(location: str) -> answers.Parsed:
    """Returns what kb reads out of one note."""
    reading, problems = parse(location)
    return answers.parsed(reading, catalogue(reading.talks), problems)


def checked(paths: Sequence[str]) -> list[Problem]:
    """Returns the problems of the notes below some paths, read anew."""
    from kb.extract.note import read_note
    from kb.settings import Folders

    roots = roots_of(paths)
    files, problems = notes.walk(roots)
    folders = Folders(roots)
    for file in files:
        text, settings = notes.read(file), folders.of(file)
        problems.extend((*text.problems, *settings.problems))
        if text.text is not None:
            problems.extend(read_note(file.path, text.text, settings=settings).problems)
    return sorted(set(problems))


def _with_reasons(hit: answers.Hit, found: Found, query: Query, snapshot: Snapshot | None) -> answers.Hit:
    if snapshot is not None:
        hit.why = list(snapshot.why(query, found))
    return hit


def _limit(limit: int | str) -> int:
    text = str(limit)
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise BadParameterError("limit", f"limit is a number from 1 to {MOST}, not {text!r}", code="bad_limit")
    return int(text)


def _known(param: str, name: str, known: Iterable[str]) -> str:
    """Returns a name that is known, or raises BadParameterError with the one that was meant."""
    known = list(known)
    if name in known:
        return name
    meant = _likeliest(name, known, 50)
    raise BadParameterError(param, f"{name!r} is no {param}; there are: {', '.join(known)}", meant, f"unknown_{param}")


def _likeliest(said: str, known: Iterable[str], least: int) -> str | None:
    """Returns the known name that is most like what was said, where any is at all like it (out of 100)."""
    from rapidfuzz import process

    near = process.extractOne(said, known, score_cutoff=least)
    return near[0] if near else None


def _kind(kind: str) -> Kind:
    name = kind.lower()
    for known in KINDS:
        if name in (known, PLURALS[known]):
            return known
    _known("kind", name, KINDS)
    raise AssertionError


def _sort(sort: str) -> tuple[SortKey, ...]:
    from kb.fields import SORTS

    keys = [part for part in sort.split(",") if part]
    if not keys:
        raise BadParameterError("sort", f"sort names fields, such as -rating,date, not {sort!r}", code="unknown_sort")
    return tuple(SortKey(_known("sort", key.removeprefix("-"), SORTS), key.startswith("-")) for key in keys)


def _condition(name: str, values: Sequence[str]) -> Node:
    """Returns the condition that a parameter states: any of its values; a bad one raises BadParameterError."""
    nodes = []
    for value in values:
        node = ranged_or_value(name, value)
        if node is None:
            example = FIELDS[name].example
            raise BadParameterError(name, f"{name} has no value {value!r}; an example is {example}", code="bad_value")
        nodes.append(node)
    return disjunction(*nodes)


def _seal(query: Query) -> str:
    return hashlib.blake2b(str(query).encode("utf-8", "replace"), digest_size=6).hexdigest()


def _cursor(position: Position, seal: str) -> str:
    data = msgspec.json.encode([seal, position.values, position.id])
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _page(snapshot: Snapshot, query: Query, size: int, cursor: str | None, facets: Iterable[str]) -> Page | None:
    """Returns the page of a query from a cursor on, or None where the cursor is another query's."""
    if cursor is None:
        return snapshot.search(query, size, None, facets)
    try:
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        sealed, values, id = msgspec.json.decode(data, type=tuple[str, tuple[float | str | None, ...], str])
    except (ValueError, msgspec.DecodeError):
        raise BadParameterError("cursor", "the cursor is not one that kb gave", code="bad_cursor") from None
    return snapshot.search(query, size, Position(values, id), facets) if sealed == _seal(query) else None


def _next_url(
    path: str, parameters: Mapping[str, object], limit: int, cursor: str, facet: Sequence[str], highlight: bool
) -> str:
    from urllib.parse import quote_plus

    said: list[tuple[str, str]] = []
    for name, value in parameters.items():
        if isinstance(value, str) and value:
            said.append((name, value))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            said.extend((name, str(v)) for v in value)
    if limit != LIMIT:
        said.append(("limit", str(limit)))
    said.extend(("facet", name) for name in facet)
    if not highlight:
        said.append(("highlight", "false"))
    said.append(("cursor", cursor))
    return path + "?" + "&".join(f"{name}={quote_plus(value, errors='replace')}" for name, value in said)
