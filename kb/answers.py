"""The wire records: the only maker of JSON, for REST and the command line alike. Keys stand in this order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Struct, UnsetType

from kb.catalogue import Catalogue
from kb.index import Completion, FacetValue, Found, Reason, Snapshot
from kb.printable import escaped
from kb.query.clause import Part
from kb.query.explanation import PLURALS
from kb.query.passages import Passage, Passages, Spot
from kb.query.phrases import Question
from kb.records import (
    Decision,
    Kind,
    Link,
    Mention,
    Note,
    Problem,
    Rating,
    Reading,
    Section,
    Source,
    Speaker,
    Talk,
    Tool,
)
from kb.words import terms

FORMAT = 1


class SpeakerOfTalk(Struct, gc=False):
    """A speaker as a talk names them."""

    id: str
    name: str
    affiliation: str | None
    handle: str | None


class RatingOfTalk(Struct, gc=False):
    """The mark of a talk: out of 5, and as it was written."""

    value: float | int
    raw: str


class ToolOfTalk(Struct, gc=False):
    """A tool that a talk mentions, and the line where it does so first."""

    id: str
    name: str
    line: int


class Named(Struct):
    """A tool by id and name."""

    id: str
    name: str


class Titled(Struct):
    """A talk by id and title."""

    id: str
    title: str


class MentionOfTalk(Struct):
    """One place of a talk where a tool is named."""

    id: str
    tool: Named
    line: int
    column: int
    text: str


class Hit(Struct, omit_defaults=False):
    """What every hit has; `source`, and `matches` in an answer, only where the record stands in one note."""

    kind: Kind
    id: str
    score: float | UnsetType = UNSET
    url: str | UnsetType = UNSET
    source: Source | UnsetType = UNSET
    why: list[Reason] | UnsetType = UNSET
    matches: list[Spot] | UnsetType = UNSET


class TalkHit(Hit, kw_only=True):
    """A talk among hits."""

    title: str
    speakers: list[SpeakerOfTalk]
    rating: RatingOfTalk | None
    event: str | None
    date: str | None
    tools: list[ToolOfTalk]
    snippets: list[Passage] | UnsetType = UNSET


class WholeTalk(TalkHit, kw_only=True):
    """A talk with all that its note says of it."""

    text: str
    html: str | UnsetType = UNSET
    sections: list[Section]
    links: list[Link]
    mentions: list[MentionOfTalk]


class SpeakerHit(Hit, kw_only=True):
    """A speaker over all notes."""

    name: str
    spellings: list[str]
    affiliations: list[str]
    handles: list[str]
    talk_count: int
    mean_rating: float | int | None
    talks: list[TalkHit] | UnsetType = UNSET


class ToolHit(Hit, kw_only=True):
    """A tool over all mentions."""

    name: str
    aliases: list[str]
    talk_count: int
    mention_count: int
    talks: list[TalkHit] | UnsetType = UNSET


class RatingHit(Hit, kw_only=True):
    """A rating among hits."""

    value: float | int
    raw: str
    talk: Titled


class MentionHit(Hit, kw_only=True):
    """A mention among hits; `text` is its line."""

    tool: Named
    talk: Titled
    text: str


class NoteHit(Hit, kw_only=True):
    """A note among hits."""

    title: str
    event: str | None
    date: str | None
    talk_count: int
    talks: list[TalkHit] | UnsetType = UNSET


class Understood(Struct):
    """How a question was understood."""

    text: str
    canonical: str
    explanation: str
    suggestion: str | None
    warnings: list[str]


class Explained(Understood):
    """How a question was understood, word by word: the words as they are matched, and what each rule took them for."""

    tokens: list[str]
    parts: list[Part]


class Suggestions(Struct):
    """What a text that is being typed may become."""

    suggestions: list[Completion]


class IndexState(Struct):
    """Which generation answered, and when it was made."""

    generation: int
    updated_at: str


class Answer(Struct):
    """A page of hits."""

    format: int
    kind: Kind
    hits: list[Any]
    total: int
    limit: int
    next: str | None
    next_url: str | None
    query: Understood
    facets: dict[str, list[FacetValue]]
    index: IndexState


class FieldOfLanguage(Struct):
    """A field of the query language with the values that occur."""

    name: str
    type: str
    many: bool
    example: str
    values: list[dict[str, Any]]
    description: str


class Fields(Struct):
    """The fields of the query language."""

    fields: list[FieldOfLanguage]


class Problems(Struct):
    """What could not be read."""

    problems: list[Problem]
    total: int


class Status(Struct):
    """What the index is built of."""

    generation: int
    updated_at: str
    age_seconds: int
    roots: list[str]
    counts: dict[str, int]
    bytes: int
    stale_files: list[str]
    problems: int


class StyleOfTalks(Struct):
    """A template that talks of a note are written by: how many, and how many lines like it are none."""

    template: str
    talks: int
    left_over: int


class Parsed(Struct):
    """What kb reads out of one note."""

    note: NoteHit
    talks: list[TalkHit]
    problems: list[Problem]
    decisions: list[Decision]
    style: list[StyleOfTalks] = []


class Styled(Struct):
    """The style of a note: lines of a kb.yaml, what is read with them, and the lines that are not like it."""

    yaml: str
    talks: list[TalkHit]
    left_over: list[tuple[int, str]] = []


def encode(value: object) -> bytes:
    """Returns a wire record as JSON; what UTF-8 cannot hold is replaced, what would drive a terminal escaped."""
    try:
        return escaped(msgspec.json.encode(value))
    except UnicodeEncodeError:
        return escaped(msgspec.json.encode(_sound(msgspec.to_builtins(value))))


def _sound(value: Any) -> Any:
    """Replaces lone surrogates in a tree of plain values."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_sound(item) for item in value]
    return {_sound(k): _sound(v) for k, v in value.items()} if isinstance(value, dict) else value


def number(value: float | None) -> Any:
    """Returns a number as an integer where it is one."""
    return None if value is None else int(value) if value == int(value) else value


def url(kind: Kind, id: str) -> str:
    """Returns the resource that shows a record; a rating's and a mention's is their talk's."""
    talk = id.partition("@")[0] if kind == "mention" else id
    shown: Kind = "talk" if kind in ("rating", "mention") else kind
    # An id is made of slugs: of ASCII it has only what stands in a URL as it is.
    return f"/v1/{PLURALS[shown]}/{talk if talk.isascii() else quote(talk, safe='/')}"


def hit(found: Found, snapshot: Snapshot, asked: Passages | None = None) -> Hit:
    """Returns a found record as a hit; a talk with the passages that are asked for."""
    record = found.record
    if isinstance(record, Talk):
        snippets, matches = asked.with_spots(record) if asked else ([], [])
        return TalkHit(
            kind="talk",
            id=found.id,
            score=found.score,
            url=url("talk", found.id),
            source=record.source,
            matches=matches,
            snippets=snippets,
            **_talk(record, snapshot, snapshot.speaker_ids(found)),
        )
    base: dict[str, Any] = {"kind": found.kind, "id": found.id, "score": found.score, "url": url(found.kind, found.id)}
    if isinstance(record, Speaker):
        return SpeakerHit(**base, **_speaker(record))
    if isinstance(record, Tool):
        return ToolHit(**base, **_tool(record))
    if isinstance(record, Note):
        return NoteHit(**base, source=record.source, matches=[], **_note(record, len(snapshot.talks_in(record.id))))
    assert found.talk is not None
    talk = Titled(found.talk.id, found.talk.title)
    source = Source(found.talk.source.path, record.line, record.line)
    line = found.talk.line(record.line)
    if isinstance(record, Rating):
        at = line.rfind(record.raw)  # A title may have the same number in it before.
        matches = [Spot(record.line, at + 1, len(record.raw))] if at >= 0 else []
        return RatingHit(**base, source=source, matches=matches, value=number(record.value), raw=record.raw, talk=talk)
    matches = [Spot(record.line, record.column, len(record.text))]
    tool = Named(snapshot.tool_id(record), record.name)
    return MentionHit(**base, source=source, matches=matches, tool=tool, talk=talk, text=line)


def whole(found: Found, snapshot: Snapshot, html: str | None = None) -> Hit:
    """Returns a record with all that is known of it."""
    record = found.record
    base: dict[str, Any] = {"kind": found.kind, "id": found.id, "url": url(found.kind, found.id)}
    if isinstance(record, Talk):
        return WholeTalk(
            **base,
            source=record.source,
            **_talk(record, snapshot),
            text=record.text,
            html=UNSET if html is None else html,
            sections=list(record.sections),
            links=list(record.links),
            mentions=[_mention(m, record, snapshot) for m in record.mentions],
        )
    if isinstance(record, Speaker):
        return SpeakerHit(**base, **_speaker(record), talks=_listed(snapshot.talks_of(record.talks), snapshot))
    if isinstance(record, Tool):
        return ToolHit(**base, **_tool(record), talks=_listed(snapshot.talks_of(record.talks), snapshot))
    if isinstance(record, Note):
        talks = snapshot.talks_in(record.id)
        return NoteHit(**base, source=record.source, **_note(record, len(talks)), talks=_listed(talks, snapshot))
    return hit(found, snapshot)


def _listed(talks: Iterable[Talk], snapshot: Snapshot) -> list[TalkHit]:
    return [TalkHit(kind="talk", id=t.id, url=url("talk", t.id), source=t.source, **_talk(t, snapshot)) for t in talks]


def _talk(talk: Talk, names: Snapshot | Catalogue, speakers: list[str] | None = None) -> dict[str, Any]:
    """Returns what stands in every form of a talk; `names` gives the ids of tools, and of speakers unless given."""
    rating = talk.rating
    if speakers is None:
        speakers = [names.speaker_id(who) for who in talk.speakers]
    first: dict[str, Mention] = {}
    for mention in talk.mentions:
        first.setdefault(mention.name, mention)
    return {
        "title": talk.title,
        "speakers": [
            SpeakerOfTalk(id, who.name, who.affiliation, who.handle)
            for id, who in zip(speakers, talk.speakers, strict=True)
        ],
        "rating": RatingOfTalk(number(rating.value), rating.raw) if rating else None,
        "event": talk.event,
        "date": talk.date,
        "tools": [ToolOfTalk(names.tool_id(m), m.name, m.line) for m in first.values()],
    }


def _mention(mention: Mention, talk: Talk, snapshot: Snapshot) -> MentionOfTalk:
    return MentionOfTalk(
        id=f"{talk.id}@{mention.line}:{mention.column}",
        tool=Named(snapshot.tool_id(mention), mention.name),
        line=mention.line,
        column=mention.column,
        text=mention.text,
    )


def _speaker(speaker: Speaker) -> dict[str, Any]:
    return {
        "name": speaker.name,
        "spellings": list(speaker.spellings),
        "affiliations": list(speaker.affiliations),
        "handles": list(speaker.handles),
        "talk_count": len(speaker.talks),
        "mean_rating": number(speaker.mean_rating),
    }


def _tool(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "aliases": list(tool.aliases),
        "talk_count": len(tool.talks),
        "mention_count": tool.mention_count,
    }


def _note(note: Note, talks: int) -> dict[str, Any]:
    return {"title": note.title, "event": note.event, "date": note.date, "talk_count": talks}


def understood(question: Question) -> Understood:
    """Returns how a question was understood."""
    return Understood(
        question.text, question.canonical, question.explanation, question.suggestion, list(question.warnings)
    )


def explained(question: Question) -> Explained:
    """Returns how a question was understood, word by word."""
    said = msgspec.structs.asdict(understood(question))
    return Explained(**said, tokens=terms(question.text), parts=list(question.parts))


def parsed(
    reading: Reading, catalogue: Catalogue, problems: Iterable[Problem], style: Iterable[StyleOfTalks] = ()
) -> Parsed:
    """Returns what was read out of one note, without what only an index gives."""
    note = reading.note
    return Parsed(
        note=NoteHit(kind="note", id=note.id, source=note.source, **_note(note, len(reading.talks))),
        talks=[TalkHit(kind="talk", id=t.id, source=t.source, **_talk(t, catalogue)) for t in reading.talks],
        problems=list(problems),
        decisions=list(reading.decisions),
        style=list(style),
    )


def exported(snapshot: Snapshot) -> Iterable[Hit]:
    """Yields every record in a fixed order: note by note with its talks, ratings and mentions, then people and tools."""
    for reading in snapshot.readings():
        yield _bare(snapshot.get("note", reading.note.id), snapshot)
        for talk in reading.talks:
            yield whole(Found("talk", talk.id, talk, 0.0), snapshot)
            if talk.rating:
                yield _bare(snapshot.get("rating", talk.id), snapshot)
            for mention in talk.mentions:
                yield _bare(snapshot.get("mention", f"{talk.id}@{mention.line}:{mention.column}"), snapshot)
    kinds: tuple[Kind, ...] = ("speaker", "tool")
    for kind in kinds:
        for id in sorted(snapshot.ids(kind)):
            yield _bare(snapshot.get(kind, id), snapshot)


def _bare(found: Found | None, snapshot: Snapshot) -> Hit:
    assert found is not None
    made = hit(found, snapshot)
    made.score = made.matches = UNSET
    return made
