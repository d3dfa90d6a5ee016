"""Where one `kb.yaml` says a thing twice, or its opposite.

A deeper file that says the opposite of one above it is no contradiction: it counts below.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from kb.plainyaml import Fault
from kb.schema import KEYS, Entry, subject

_ONE_NAME = ("tools.add", "tools.ignore", "tools.alias", "talks.are", "talks.not", "style")
_OPPOSITE = (
    ("talks.are", "talks.not"),
    ("tools.add", "tools.ignore"),
    ("tools.alias", "tools.ignore"),
    ("tools.add", "tools.alias"),
)
_YEAR = re.compile(r"\b(?:19|20)[0-9][0-9]\b")


def contradictions(entries: Sequence[Entry]) -> Iterator[Fault]:
    """Yields what is repeated or contradictory in what one file says, at the line where it says so last."""
    of: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        of[entry.key].append(entry)
    for key in _ONE_NAME:
        yield from _repeated(of[key])
    for one, other in _OPPOSITE:
        yield from _both(of[one], of[other])
    yield from _aliases(of["tools.alias"], of["tools.ignore"])
    yield from _people(of["people.same"], of["people.different"])
    yield from _years(of["event"], of["date"])


def _id(entry: Entry, n: int = 0) -> str:
    return subject(KEYS[entry.key].kind, entry.words[n])


def _repeated(entries: Sequence[Entry]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for entry in entries:
        if (name := _id(entry)) in seen:
            yield Fault(entry.line - 1, f"{entry.key} has {entry.words[0]!r} already, on line {seen[name]}")
        seen.setdefault(name, entry.line)


def _both(ones: Sequence[Entry], others: Sequence[Entry]) -> Iterator[Fault]:
    """Yields the names that stand under two keys of which one says the opposite of the other."""
    known = {_id(entry): entry for entry in ones}
    for entry in others:
        if one := known.get(_id(entry)):
            first, last = sorted((one, entry), key=lambda e: e.line)
            why = f"{last.words[0]!r} stands in {last.key}, and on line {first.line} in {first.key}: only one can be so"
            yield Fault(last.line - 1, why)


def _aliases(entries: Sequence[Entry], ignored: Sequence[Entry]) -> Iterator[Fault]:
    """Yields spellings that stand for themselves, for another spelling, or for what is no tool."""
    names = {_id(entry): _id(entry, 1) for entry in entries}
    no_tools = {_id(entry) for entry in ignored}
    for entry in entries:
        of = _id(entry, 1)
        if of == _id(entry):
            why = "is the same name"
        elif names.get(of, of) != of:
            why = "leads back to it in a circle" if _is_in_circle(_id(entry), names) else "is another spelling itself"
        elif of in no_tools:
            why = "is in tools.ignore"
        else:
            continue
        yield Fault(entry.line - 1, f"tools.alias: {entry.words[0]!r} stands for {entry.words[1]!r}, which {why}")


def _is_in_circle(name: str, names: dict[str, str]) -> bool:
    seen, at = set[str](), names.get(name)
    while at is not None and at not in seen and at != name:
        seen.add(at)
        at = names.get(at)
    return at == name


def _people(same: Sequence[Entry], different: Sequence[Entry]) -> Iterator[Fault]:
    """Yields who is in two groups or twice in one, and who is said to be one person, and not to be."""
    groups: dict[str, tuple[int, str]] = {}  # The number of the group, and how it is called, by each name in it.
    for n, entry in enumerate(same):
        names = [_id(entry, at) for at in range(len(entry.words))]
        for at, name in enumerate(names):
            if name in groups or name in names[:at]:
                yield Fault(
                    entry.lines[at] - 1, f"people.same has {entry.words[at]!r} already; write one list a person"
                )
        joined = {groups[name][0] for name in names if name in groups}
        groups |= {name: (n, entry.words[0]) for name, (of, _) in groups.items() if of in joined}
        groups |= dict.fromkeys(names, (n, entry.words[0]))
    for entry in different:
        for (a, one), (b, other) in combinations(enumerate(entry.words), 2):
            first, second = _id(entry, a), _id(entry, b)
            if first == second:
                yield Fault(entry.lines[b] - 1, f"people.different has {other!r} twice in a list")
            elif first in groups and groups[first] == groups.get(second):
                yield Fault(
                    entry.lines[b] - 1, f"people.different tells {one!r} from {other!r}, people.same says they are one"
                )


def _years(event: Sequence[Entry], date: Sequence[Entry]) -> Iterator[Fault]:
    years = _YEAR.findall(event[0].words[0]) if event else []
    if years and date and date[0].words[0][:4] not in years:
        yield Fault(date[0].line - 1, f"the event says {years[0]} and the date {date[0].words[0]}")
