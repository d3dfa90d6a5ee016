"""Programs in commands: what code spans name and what the lines of a shell session run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.extract import gazetteer, vocabulary
from kb.extract.gazetteer import Entry, Spot
from kb.outline import code_spans
from kb.words import fold

_SHELL_SPLIT = re.compile(r"\s-+>\s|\s=>\s|\|\||&&|[|;]|\$\(|`|(?<=\w)/(?=[a-z]+$)")
PARTS = 50  # Commands of a code span that are looked at.
_PROMPT = re.compile(
    r"^\s*(?:[$#>%]\s+|\w+@[\w.-]++(?:[:~/][:~\w/]*+)?[$#]\s*)?(?:(?:sudo|time|exec|nohup|watch|env)\s+)*(?:[A-Z_]+=\S+\s+)*"
)
_OPTION = re.compile(r"(?:^|\s)--?[A-Za-z]")
_CALLED = re.compile(
    r"^\W?\s*(?:programs?|tools?|commands?|librar(?:y|ies)|scripts?|utilit(?:y|ies)|packages?|plug-?ins?|modules?|gems?)\b",
    re.IGNORECASE,
)


def command_line(text: str) -> list[Spot]:
    """Returns the programs that a line of a shell session runs."""
    spots, start = [], 0
    for part in [*_SHELL_SPLIT.split(text)]:
        at = text.find(part, start)
        prompt = _PROMPT.match(part)
        begin = at + (prompt.end() if prompt else 0)
        word = re.match(r"[\w+.-]+(?=\s|$)", text[begin : at + len(part)])
        said = prompt is not None and any(c in part[: prompt.end()] for c in "$#%>")
        rest = part[(prompt.end() if prompt else 0) + (word.end() if word else 0) :]
        entry = gazetteer.entry(fold(word[0])) if word else None
        if word and entry and (said or _OPTION.search(rest) or (entry.kind == "command" and not rest.strip())):
            spots.append(Spot(begin, begin + word.end(), entry, 2.0))
        start = at + len(part)
    return spots


def spans(text: str) -> Iterator[Spot]:
    """Yields what code spans name: a tool alone, or the program of a command with its options."""
    for span in code_spans(text):
        within = text[span.inner : span.inner_end]
        start = span.inner + len(within) - len(within.lstrip())
        inner = within.strip().replace("\\", "")
        if entry := gazetteer.entry(fold(inner)):
            yield Spot(start, span.inner_end, entry, 2.0)
            continue
        for part in _SHELL_SPLIT.split(inner, PARTS):
            prompt = _PROMPT.match(part)
            command = part[prompt.end() if prompt else 0 :]
            word = re.match(r"[A-Za-z][\w+.-]*(?=\s|$)", command)
            at = text.find(command, start, span.end)
            if (
                not word
                or at < 0
                or (" " not in command.strip() and part != inner and not gazetteer.entry(fold(word[0])))
            ):
                continue
            entry = gazetteer.entry(fold(word[0]))
            if entry and (
                _OPTION.search(command)
                or entry.needs == "-"
                or re.search(r"^\w+ (?:\d|[a-z]+ \S)", command)
                or part != inner
            ):
                yield Spot(at, at + word.end(), entry, 2.0)
            elif (
                not entry
                and _OPTION.search(command)
                and word[0].islower()
                and len(word[0]) > 2
                and not vocabulary.is_common(word[0])
            ):
                yield Spot(at, at + word.end(), Entry(fold(word[0]), "command", "code"), 1.5)


def bare_command(masked: str) -> list[Spot]:
    """Returns the program of a line that is a command with long options, typed without mark-up."""
    match = re.match(r"^\s*(?:[-*]\s+)?(?:\$\s+)?([a-z][a-z0-9_.-]+)\s+--?[a-z][\w-]*(?:[=\s]|$)", masked)
    entry = gazetteer.entry(match[1]) if match else None
    return [Spot(match.start(1), match.end(1), entry, 2.0)] if match and entry else []
