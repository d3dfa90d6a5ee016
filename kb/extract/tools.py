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

from kb.extract import commands, gazetteer, repositories, vocabulary
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
_TRIGGER = re.compile(
    r"\b(?:about|us(?:e|es|ed|ing)|by|with|via|through|run(?:s|ning)?|on|in|like|tools?|called|named|install(?:ed|ing)?|try|tried|look (?:at|into)|adopt\w*|to|from"
    r"|on top of|based on|built (?:on|with)|written in|powered by|instead of|vs\.?|versus|and|or|e\.g\.|i\.e\.|such as|replaced?|deploy\w*|mit|avec|de|sur)\W*$",
    re.IGNORECASE,
)
_FOLLOWER = re.compile(
    r"^\W?\s*(?:cluster|server|database|db|plugin|plug-in|library|framework|api|cli|client|dashboards?|alerts?|jobs?|queries|query|operator|agent|sdk|container"
    r"|replication|extension|toolkit|engine|service|pipelines?|runtime|driver|exporter|browsers?|codegen|routes?|users?|\d+(?:\.\d+)*\b|v\d)",
    re.IGNORECASE,
)
_LIST_GAP = re.compile(
    r"^[\s`*]*(?:(?:[,;/|&+→]|[-=]>)[\s`*]*(?:(?:and|or|et|und|og|och)[\s`*]+)?|(?:and|or|et|und|og|och|vs\.?)[\s`*]+)$",
    re.IGNORECASE,
)
_ENDED = re.compile(r"[,;:.!?(]\s|/")
_DOT_JS = re.compile(r"^[A-Za-z][\w-]*\.js$")
_LOWER_CAMEL = re.compile(r"^[a-z]{1,8}[A-Z][A-Za-z]{2,}$")
_MIXED = re.compile(r"^[A-Z]?[a-z]+[A-Z]|^[A-Z]{2,}[a-z]")


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
        text = outline.lines[number - 1]
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
    called = {fold(alias): name.lower() for alias, name in settings.alias} | {fold(n): n.lower() for n in settings.add}
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
    if not _KINDS.isdisjoint(words):
        spots += _introduced(text, masked, people)
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
                yield Spot(start, end, entry, _evidence(text, start, end, entry, shouted))
                break


# What a text calls a program that it introduces.
_KINDS = frozenset(
    "tool tools toolkit library libraries framework frameworks platform engine database databases service services program"
    " programs package packages plugin plug-in plugins plug-ins extension server client daemon broker proxy scheduler compiler"
    " linter editor browser wrapper profiler debugger command commands project projects ORM orm DSL dsl SDK sdk".split()
)
# An unknown name with what may say what it is: `Bazqux (a profiler)`, `Bazqux is a profiler`.
_APPOSED = re.compile(r"(?<![\w.&'’@-])([A-Z](?:[\w+#]|[.&'’@-](?=\w)){1,60}+)(?= \(| [-–—]|: |, | is | was)")


def _introduced(text: str, masked: str, people: frozenset[str]) -> Iterator[Spot]:
    """Yields unknown names of which the text itself says that they are programs."""
    names = [match.span(1) for match in _APPOSED.finditer(masked)]
    if "called" in text or "named" in text:
        names += [(match.end(), match.end() + len(match[1])) for match in _INTRODUCED.finditer(text)]
    for start, end in names:
        said = text[start:end]
        if fold(said) not in people and not gazetteer.entry(fold(said)) and _is_introduced(text, start, end):
            yield Spot(start, end, Entry(fold(said), "project", "-"), 1.2)


_INTRODUCED = re.compile(
    r"\b(?:tool|library|framework|program|command|service|package|plug-?in|database|project)s?\s+(?:called|named)\s+[\"'“*_\[]*(?=((?-i:[A-Z])(?:[\w+#]|[.&'’@-](?=\w))+))",
    re.IGNORECASE,
)


# What may be a known name all the same: with a version, a hyphen, a possessive, or capitals within.
_UNUSUAL = re.compile(r"[\d.+#_-]|['’]s$|[a-z][A-Z]")


def _is_introduced(text: str, start: int, end: int) -> bool:
    """Tells whether the text itself says that an unknown name is a program: `Bazqux (a profiler)`."""
    said = text[start:end]
    if (
        len(said) < 3
        or said.rstrip("s").isupper()
        or vocabulary.is_common(said)
        or vocabulary.is_given_name(said)
        or _CAPITALISED.search(text[max(0, start - _AROUND) : start])
    ):
        return False
    return (
        _IS_A.match(text[end : end + _AROUND]) is not None
        or _INTRODUCED.search(text, max(0, start - 40), end) is not None
    )


# The last word of a longer name stands before.
_CAPITALISED = re.compile(r"[A-Z][\w.]+\s+$")


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
    if _DOT_JS.match(said) and len(said) > 5:
        return Entry(key, "library", "-"), end
    if _LOWER_CAMEL.match(said):
        return Entry(key, "project", "camel"), end
    if (compound := _COMPOUND.match(said)) and _is_plugin(*compound.groups()):
        return Entry(key, "project", "-"), end
    return None, end


_COMPOUND = re.compile(r"^([a-z][a-z0-9]+)[-_](?:[a-z0-9]+[-_])*([a-z0-9]+)$")
_FAMILIES = frozenset({"pg", "pt", "mysql", "py"})  # What the names of a family of programs begin with.


def _is_plugin(first: str, last: str) -> bool:
    """Tells whether a compound is called after software, as `pytest-randomly` is, and `kafka-based` is not."""
    known = gazetteer.entry(first)
    named = first in _FAMILIES or (known is not None and known.needs == "-")
    return named and len(last) > 2 and not vocabulary.is_common(last) and not last.isdigit()


def _is_title_case(words: list[str]) -> bool:
    long = [w for w in words if len(w) > 3]
    return len(long) > 1 and sum(w[0].isupper() for w in long) >= 0.7 * len(long)


_AROUND = 100  # Characters on each side of a name that tell what it means.


def _evidence(text: str, start: int, end: int, entry: Entry, shouted: bool) -> float:
    """Returns how surely a name means the software here; 1 is enough."""
    said, before, after = text[start:end], text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    if _CALLED.match(after) or before.endswith((".", "\\", "_", "$", "<", "{")) or _is_path(text, start, end):
        return -1.0  # A call, a path, a key.
    if entry.needs == "-":
        return 1.0
    if entry.needs == "camel":  # Unknown, and written like a program's name: beside a known one it is one.
        return 0.0
    if entry.needs == "code":
        return -0.2 if said.islower() else -1.0
    if not said[0].isupper() or (said.isupper() and len(said) > 3 and entry.name != said.casefold()):
        return _in_lower_case(said, before, after)
    return _capitalised(said, before, after, shouted)


def _in_lower_case(said: str, before: str, after: str) -> float:
    """Returns the evidence for a name that may be a word besides and has no capital of its own."""
    score = -0.4 if len(said) < 5 or vocabulary.is_common(said) else 0.2
    if len(said) > 3 and _BULLET.fullmatch(before) and not after.strip(" .,;:*`"):
        score += 1.5  # It is all that an item says: one of a list of names.
    return score + _marked(said, before, after)


def _marked(said: str, before: str, after: str) -> float:
    return 0.5 if _MIXED.match(said) or (before.endswith("[") and after.startswith("](")) else 0.0


def _capitalised(said: str, before: str, after: str, shouted: bool) -> float:
    """Returns the evidence for a capitalised name that may be a word, a person or a place besides."""
    first = not _LETTER.search(before)
    opens = first or _OPENING.search(before) is not None
    common = vocabulary.is_common(said)
    score = 0.3 if shouted else (0.3 if common else 0.7) if opens else 0.8 if common else 1.0
    if not shouted and score < 1.0:
        score += 0.7 if _RELEASE.match(after) else 0.3 if not common and _VERB.match(after) else 0.0
    if _TRIGGER.search(before):
        score += 0.3
    if _FOLLOWER.match(after):
        score += 0.3
    if first and not _LETTER.search(after.split("(")[0].split(":")[0]):
        score += 0.7  # The name is all that the line, or its part before a colon, says.
    if _IS_A.match(after):
        score += 0.7  # The text itself says that it is a program.
    if not shouted and ((opens and vocabulary.is_given_name(said)) or _NAME_AFTER.match(after)):
        score -= 0.3  # A first name, or the first word of a longer name.
    if not (opens or shouted) and (name := _CAPITALISED.search(before)):
        starts = not _LETTER.search(before[: name.start()])
        score -= 0.3 if not starts or vocabulary.is_given_name(name[0].strip()) else 0.0  # A longer name's last word.
    return score + _marked(said, before, after)


def _is_path(text: str, start: int, end: int) -> bool:
    """Tells whether a word is part of a path; one slash between two words, as in `Spark/Cassandra`, makes none."""
    if "/" not in text:
        return False
    before, after = text[max(0, start - _AROUND) : start].split(), text[end : end + _AROUND].split()
    chunk = text[start:end]
    if before and not text[start - 1].isspace():
        chunk = before[-1] + chunk
    if after and not text[end].isspace():
        chunk += after[0]
    bare = chunk.strip("()[],;:.?!*_\"'")
    return "/" in bare and (bare[0] in "/.~" or bare.count("/") > 2 or re.search(r"\.\w{1,4}$", bare) is not None)


_NAME_AFTER = re.compile(r"\s+[A-Z][a-z]+")
_LETTER = re.compile(r"\w")
_BULLET = re.compile(r"\s*[-*+•]\s+")
_RELEASE = re.compile(r"\s+v?\d+(?:\.\d+)*(?![\w%:])")
# What follows the subject or the object of a sentence, and no noun with an article left out.
_VERB = re.compile(
    r"\s+(?:for|is|was|are|has|had|does|did|can|will|would|supports?|uses?|runs?|came|comes|had|in|on|vs|and|or|as|to|with|by|plus)\b|\s*(?:→|->|=>|,|\+|/|\()"
)
_CALLED = re.compile(r"[(=_]|[:.]\w")
_OPENING = re.compile(r"[.!?:]\s+[*_\"'(]*$")
_IS_A = re.compile(
    r"^\W{0,3}\s*(?:\(|is (?:an? |the )?|was (?:an? |the )?|[-–—:] (?:an? |the )?|, (?:an?|the) )[^.()]{0,60}?\b(?:tool(?:kit)?|librar(?:y|ies)|frameworks?|platform|engine|database|service|program|package"
    r"|plug-?in|extension|server|client|daemon|broker|proxy|scheduler|compiler|linter|editor|browser|wrapper|profiler|debugger|orm|dsl|sdk)\b",
    re.IGNORECASE,
)


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
