"""Mentions of tools in a talk: names of the gazetteer where the text means the software, and safe guesses.

One pass over the words of each line, the longest name first. What a name needs is set against where it stands:
in code, capitalised within a sentence, beside other tools in a list, after a word such as `using`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from kb.extract import commands, gazetteer, repositories, shapes
from kb.extract.evidence import evidence
from kb.extract.gazetteer import Entry, Spot
from kb.outline import LINK, URL, Outline, code_spans, tags
from kb.records import Mention
from kb.settings import NONE, Settings
from kb.words import fold

_WORD = re.compile(r"[^\W_][\w+#]*(?:[.&'’@-]\w[\w+#]*)*|\.(?:NET|net)\b")
_VERSION = re.compile(r"(?<=[A-Za-z])[- ]?v?\d+(?:\.\d+|\.x)*$")
_SHELL_FENCE = re.compile(
    r"^\s*(?:`{3,}|~{3,})\s*(?:sh|bash|shell|console|zsh|text|plain|terminal|session)?\s*$|^\s*<pre(?:\s+class=\"brush:\s*(?:plain|bash|shell)\")?>",
    re.I,
)
_LIST_GAP = re.compile(
    r"^[\s`*]*(?:(?:[,;/|&+→]|[-=]>)[\s`*]*(?:(?:and|or|et|und|og|och)[\s`*]+)?|(?:and|or|et|und|og|och|vs\.?)[\s`*]+)$",
    re.IGNORECASE,
)
_ENDED = re.compile(r"[,;:.!?(]\s|/")

_HEAD_LINES = 6  # Where a talk says who speaks: there a company is no tool, further down its product may be one.


class Part(NamedTuple):
    """The lines of a talk, and who speaks: their names are no tools, nor, where they stand, their companies'."""

    line: int
    end_line: int
    names: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()


def mentions(
    outline: Outline, parts: Sequence[Part], settings: Settings = NONE, event: str = ""
) -> list[tuple[Mention, ...]]:
    """Returns the tools that each talk of a note mentions.

    A name that surely means software at one place of a note, or in the event's name, means it at the others too
    (one sense per discourse: Gale, Church and Yarowsky, 1992), where it is capitalised or no ordinary word.
    """
    found = [list(_found(outline, part)) for part in parts]
    meant = {mention.name for talk in found for mention, score in talk if score >= 1.0} | _named_in(event)
    kept = [[m for m, score in talk if score >= 1.0 or (score >= _LIKELY and m.name in meant)] for talk in found]
    if settings == NONE:
        return [tuple(talk) for talk in kept]
    return [
        tuple(_corrected(talk, outline, part.line, part.end_line, settings))
        for talk, part in zip(kept, parts, strict=True)
    ]


LOOKED = 20_000  # Characters of a line in which tools are looked for.
_LIKELY = 0.2  # Evidence that is enough for a name that surely means software elsewhere in the note.


def _named_in(event: str) -> set[str]:
    """Returns the tools that an event is called after: `React Conf`, `RailsConf`."""
    words = re.sub(r"(?i)(?<=\w)(?:conf|con|days?|camp|world|summit)\b", " ", event).split()
    return {entry.name for word in words if (entry := gazetteer.entry(fold(word))) and entry.needs != "code"}


def _found(outline: Outline, part: Part) -> Iterator[tuple[Mention, float]]:
    """Yields what may be mentions of tools in the lines of a talk, each with its evidence."""
    line, end_line, names, companies = part
    people = _people(names)
    employed = people | {fold(company) for company in companies}
    kinds = _line_kinds(outline, line, end_line)
    for number in range(line, end_line + 1):
        text = outline.lines[number - 1][:LOOKED]
        if not text or text.isspace():
            continue
        kind = kinds.get(number, "prose")
        if kind == "shell":
            spots = commands.command_line(text)
        else:
            known = employed if number - line < _HEAD_LINES else people
            spots = _prose(text, kind, known, outline.definitions) if kind != "code" else []
        yield from ((Mention(s.entry.name, text[s.start : s.end], number, s.start + 1), s.score) for s in spots)


def _corrected(found: list[Mention], outline: Outline, line: int, end_line: int, settings: Settings) -> list[Mention]:
    """Returns mentions as the user has them: names added, names ignored, spellings of one name."""
    called = settings.called
    ignored = {fold(name) for name in settings.ignore}
    kept = [replace(m, name=called.get(fold(m.text), called.get(fold(m.name), m.name))) for m in found]
    if called:
        pattern = re.compile(
            "|".join(rf"(?<!\w){re.escape(n)}(?!\w)" for n in sorted(called, key=len, reverse=True)), re.I
        )
        taken = {(m.line, m.column) for m in kept}
        for number in range(line, end_line + 1):
            for match in pattern.finditer(outline.lines[number - 1]):
                name = called.get(fold(match[0]))
                if name and (number, match.start() + 1) not in taken:
                    kept.append(Mention(name, match[0], number, match.start() + 1))
    kept = [m for m in kept if fold(m.name) not in ignored and fold(m.text) not in ignored]
    return sorted(kept, key=lambda m: (m.line, m.column))


def _people(names: tuple[str, ...]) -> frozenset[str]:
    """Returns the folded names, and each word of those with several, that are people and companies here."""
    words = {fold(name) for name in names}
    return frozenset(words | {w for name in words if len(name.split()) > 1 for w in name.split() if len(w) > 2})


def _line_kinds(outline: Outline, line: int, end_line: int) -> dict[int, str]:
    """Returns which lines are headings, shell sessions, or code of another language; the rest is prose."""
    kinds: dict[int, str] = {}
    for block in outline.between(line, end_line):
        if block.kind == "heading":
            kinds[block.line] = "heading"
        elif block.kind in ("code", "html"):
            first = block.text.split("\n", 1)[0]
            fenced = first.lstrip().startswith(("```", "~~~", "<"))
            if not fenced and re.match(r"\s*(?:[-*+•]|\d+[.)])\s", block.text):
                continue  # An indented list that nothing opens is code to Markdown, and a list to its writer.
            shell = _SHELL_FENCE.match(first) is not None or not fenced
            kinds |= dict.fromkeys(range(block.line, block.end_line + 1), "shell" if shell else "code")
            if fenced:
                kinds[block.line] = "code"
        elif block.kind in ("definition", "rule"):
            kinds[block.line] = "code"
    return kinds


def _prose(text: str, kind: str, people: frozenset[str], definitions: dict[str, str]) -> list[Spot]:
    """Returns the mentions in a line of prose, in order."""
    marked = "`" in text
    spots = list(commands.spans(text)) if marked else []
    masked = _masked(text, [(s.start, s.end) for s in code_spans(text)] if marked else [])
    if "[" in text:
        spots += [spot for spot in repositories.link_texts(text, definitions) if spot.entry.name not in people]
    if "/" in text:
        spots += repositories.addresses(text)
    bare = commands.bare_command(masked) if " -" in masked else []
    spots += bare
    words = _WORD.findall(masked)
    spots += _named(text, masked, words, kind, people, bool(spots))
    if not shapes.KINDS.isdisjoint(words):
        spots += shapes.introduced(text, masked, people)
    return _settled(text, sorted(spots, key=lambda s: (s.start, -s.end, -s.score))) if spots else []


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    """Returns the line with code spans, link targets, addresses and tags blanked, offsets kept."""
    if "://" in text or "www." in text:
        spans = spans + [m.span() for m in URL.finditer(text)]
    if "<" in text:
        spans = spans + list(tags(text))
    if "](" in text:
        spans = spans + [(m.start(2), m.end(2)) for m in LINK.finditer(text)]
    text = _blanked(text, spans) if spans else text
    return _TAGGED.sub(lambda m: "\x00" * len(m[0]), text) if "@" in text or "#" in text else text


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, end in sorted(spans):
        if end > at:
            parts += [text[at:start], "\x00" * (end - max(start, at))]
            at = end
    return "".join(parts) + text[at:]


_TAGGED = re.compile(r"[\w.+-]{1,64}@[\w-]+\.\w+|(?<!\w)@\w+|#\w+(?!\w)")
_ALONE = gazetteer.Start(1, True, frozenset())


@lru_cache(maxsize=65_536)
def _start(word: str) -> gazetteer.Start | None:
    """Returns what names begin with a word, or None."""
    start = gazetteer.start(fold(word))
    if word.isalpha() and (word.islower() or word.istitle()):
        return start
    if word[0].isalpha() and _UNUSUAL.search(word):  # With a version or in parts it may be a known name all the same.
        return start._replace(alone=True) if start else _ALONE
    return start


def _reach(start: gazetteer.Start, words: list[str], n: int) -> int:
    """Returns how many words from the n-th on a name can have, by the second of them."""
    if start.seconds and n + 1 < len(words) and fold(words[n + 1]) in start.seconds:
        return min(start.longest, len(words) - n)
    return 1 if start.alone else 0


def _named(
    text: str, masked: str, said_words: list[str], kind: str, people: frozenset[str], beside: bool
) -> Iterator[Spot]:
    """Yields the names of the gazetteer among the words of a line, the longest at each place, with evidence."""
    starts = [
        (n, reach, first.weak)
        for n, word in enumerate(said_words)
        if (first := _start(word)) and (reach := _reach(first, said_words, n))
    ]
    if not beside and all(weak for _, _, weak in starts):
        return
    words = list(_WORD.finditer(masked))
    shouted = kind == "heading" and _is_title_case(said_words)
    free = 0
    for n, reach, _ in starts:
        if n < free:
            continue
        start = words[n].start()
        for length in range(reach, 0, -1):
            end = words[n + length - 1].end()
            said = masked[start:end]
            if "\x00" in said or (length > 1 and _ENDED.search(said)):
                continue
            entry, end = _entry(said, end)
            if entry and fold(said) not in people:
                free = n + length
                yield Spot(start, end, entry, evidence(text, start, end, entry, shouted))
                break


# What may be a known name all the same: with a version, a hyphen, a possessive, or capitals within.
_UNUSUAL = re.compile(r"[\d.+#_-]|['’]s$|[a-z][A-Z]")


def _entry(said: str, end: int) -> tuple[Entry | None, int]:
    """Returns the entry of a spelling, a version number or plural `s` dropped, and where the name ends."""
    key = fold(" ".join(said.split()))
    if entry := gazetteer.entry(key):
        return entry, end
    if not _UNUSUAL.search(said):
        return None, end
    for shorter in (_VERSION.sub("", said), re.sub(r"['’]s$", "", said), said.replace("-", " ")):
        if shorter != said and (entry := gazetteer.entry(fold(shorter))):
            return entry, end - (len(said) - len(shorter))
    for shorter in shapes.bare(said):
        if entry := gazetteer.entry(fold(shorter)):
            return entry, end if said.lower().endswith("js") else end - (len(said) - len(shorter))
    return shapes.guess(said), end


def _is_title_case(words: list[str]) -> bool:
    long = [w for w in words if len(w) > 3]
    return len(long) > 1 and sum(w[0].isupper() for w in long) >= 0.7 * len(long)


def _settled(text: str, spots: list[Spot]) -> list[Spot]:
    """Keeps the places with evidence enough; beside a sure tool in a list, a name needs less."""
    apart: list[Spot] = []
    for spot in spots:
        if not apart or spot.start >= apart[-1].end:
            apart.append(spot)
    sure = [spot.score >= 1.0 for spot in apart]
    for order in (range(1, len(apart)), range(len(apart) - 2, -1, -1)):
        for n in order:
            beside = n - 1 if order.step == 1 else n + 1
            first, second = sorted((n, beside))
            gap = text[apart[first].end : apart[second].start]
            # A command that is a word besides is listed with commas: "tools and talk" names none.
            listed = _LIST_GAP.match(gap) and (apart[n].entry.needs != "code" or re.search(r"[,;/|&+]", gap))
            if not sure[n] and sure[beside] and apart[n].score >= -0.4 and listed:
                sure[n] = True
    return [spot._replace(score=max(spot.score, 1.0)) if kept else spot for spot, kept in zip(apart, sure, strict=True)]
