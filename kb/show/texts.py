"""Single records, notes and questions as texts for people."""

from __future__ import annotations

from typing import Any

from kb import answers
from kb.printable import one_line
from kb.query.explanation import PLURALS
from kb.query.phrases import Question
from kb.show.tables import people, stars, title

_FIELDS = ("speakers", "rating", "event", "date", "spellings", "affiliations", "handles", "mean_rating", "aliases")


def record(hit: Any, form: str) -> str:
    """Returns one whole record as text, or a talk as the Markdown of its note."""
    if form == "markdown":
        return _markdown(hit)
    said = ((name, _field(name, getattr(hit, name, None))) for name in _FIELDS)
    lines = [title(hit), *(f"{name.replace('_', ' ')}: {text}" for name, text in said if text)]
    if getattr(hit, "tools", None):
        lines.append("tools: " + ", ".join(t.name for t in hit.tools))
    if getattr(hit, "source", None):
        lines.append(f"source: {hit.source.path}:{hit.source.line}-{hit.source.end_line}")
    lines += [f"{link.role or 'link'}: {link.url}" for link in getattr(hit, "links", None) or ()]
    for talk in getattr(hit, "talks", None) or ():
        mark = stars(talk.rating.value) if talk.rating else "-"
        lines.append(f"  {mark:<5} {talk.title}  {talk.source.path}:{talk.source.line}")
    return "\n".join([*map(one_line, lines), *(["", hit.text] if hit.kind == "talk" else [])])


def _field(name: str, value: Any) -> str:
    """Returns a field of a record as text, empty where there is nothing to say."""
    if not value:
        return ""
    if name == "rating":
        return str(value) if isinstance(value, str) else f"{stars(value.value)} ({value.raw})"
    if name == "speakers":
        return people(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _markdown(hit: Any) -> str:
    if hit.kind == "talk":
        return str(hit.text)
    lines = [f"# {title(hit)}", ""]
    lines += [f"- {t.title} ({t.source.path}:{t.source.line})" for t in getattr(hit, "talks", None) or ()]
    return "\n".join(lines)


def parsed(read: answers.Parsed) -> str:
    """Returns what was read out of a note as text: its talks, why its headings are or are no talks, its problems."""
    note = read.note
    assert note.source
    head = [
        f"{one_line(note.title)}",
        f"event: {one_line(note.event or '-')}   date: {note.date or '-'}   talks: {note.talk_count}",
    ]
    lines = [line for line in head if line]
    lines += [f"style: {one_line(_shown(one))}" for one in read.style]
    for talk in read.talks:
        assert talk.source
        mark = f"{stars(talk.rating.value)} ({talk.rating.raw}) " if talk.rating else ""
        lines += ["", one_line(f"{talk.source.line}-{talk.source.end_line}: {mark}{talk.title}")]
        for person in talk.speakers:
            said = [person.name, person.affiliation, f"@{person.handle}" if person.handle else None]
            lines.append(one_line("  speaker: " + ", ".join(filter(None, said))))
        if talk.tools:
            lines.append(one_line("  tools: " + ", ".join(f"{t.name} ({t.line})" for t in talk.tools)))
    if read.decisions:
        lines += ["", "why:"]
        lines += [
            one_line(
                f"  {d.line}: {'talk' if d.is_talk else 'no talk'}, {d.score:+g}: {d.text[:60]} ({'; '.join(d.reasons)})"
            )
            for d in read.decisions
        ]
    if read.problems:
        lines += ["", "problems:", *(one_line(f"  {p}{f' ({p.hint})' if p.hint else ''}") for p in read.problems)]
    return "\n".join(lines)


def _shown(style: answers.StyleOfTalks) -> str:
    """Returns a template, and how many lines it explains."""
    over = f", {style.left_over} like it that are none" if style.left_over else ""
    return f"{style.template}   ({style.talks} talk{'' if style.talks == 1 else 's'}{over})"


def styled(style: answers.Styled) -> str:
    """Returns a style as lines of a kb.yaml, with what it reads as comments."""
    lines = [*style.yaml.split("\n"), f"# {len(style.talks)} talk{'' if len(style.talks) == 1 else 's'}:"]
    for talk in style.talks:
        assert talk.source
        mark = f"{stars(talk.rating.value)} " if talk.rating else ""
        who = f" - {people(talk.speakers)}" if talk.speakers else ""
        lines.append(f"# {talk.source.line}: {mark}{talk.title}{who}")
    if style.left_over:
        lines.append("# not so, and no talks:")
        lines += [f"# {line}: {text}" for line, text in style.left_over]
    return "\n".join(map(one_line, lines))


def explained(question: Question) -> str:
    """Returns how a question is understood as text."""
    lines = [f"canonical: {one_line(question.canonical)}", f"in words:  {one_line(question.explanation)}"]
    for part in question.parts:
        meaning = f" -> {part.meaning}" if part.meaning else ""
        lines.append(one_line(f"  {part.words!r}: {part.rule}{meaning}"))
    lines += [f"warning:   {one_line(warning)}" for warning in question.warnings]
    if question.suggestion:
        lines.append(f"did you mean: {one_line(question.suggestion)}")
    return "\n".join(lines)


def status(told: answers.Status) -> str:
    """Returns the state of the index as text."""
    counts = ", ".join(f"{n} {PLURALS[kind] if n != 1 else kind}" for kind, n in told.counts.items())  # type: ignore[index]
    return "\n".join(
        [
            f"generation {told.generation}, made {told.updated_at} ({told.age_seconds} s ago), {told.bytes:,} bytes",
            f"notes from: {', '.join(one_line(r) for r in told.roots)}",
            counts,
            f"problems: {told.problems}",
            f"stale files: {', '.join(map(one_line, told.stale_files)) or 'none'}",
        ]
    )
