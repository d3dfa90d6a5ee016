"""The links of a talk, with what each is for: slides, a video, code."""

from __future__ import annotations

import re

from kb.outline import Outline, references
from kb.records import Link

_ROLES = (
    ("slides", re.compile(r"slideshare|speakerdeck|slides\.com|noti\.st|docs\.google\.com/presentation|prezi|\bslides?\b|\bdeck\b|\.pptx?\b|\.key\b", re.I)),
    ("video", re.compile(r"youtube\.com|youtu\.be|vimeo|infoq\.com/presentations|pyvideo|\bvideos?\b|\brecordings?\b|\bwatch\b", re.I)),
    ("code", re.compile(r"github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|sr\.ht|\bcode\b|\brepo(?:sitory)?\b|\bsource\b", re.I)),
)  # fmt: skip


def links(outline: Outline, line: int, end_line: int) -> tuple[Link, ...]:
    """Returns the links on some lines; the target tells the role, else the words of the link or before it."""
    return tuple(
        Link(
            ref.url,
            ref.text,
            ref.line,
            _role(ref.url[:2_000]) or _role(f"{ref.text[:_LONGEST]} {_before(outline, ref.line, ref.column)}"),
        )
        for ref in references(outline, line, end_line)
    )


_LONGEST = 300  # Characters of a link's text that say what it is for.


def _role(text: str) -> str:
    return next((role for role, pattern in _ROLES if pattern.search(text)), "")


def _before(outline: Outline, line: int, column: int) -> str:
    return outline.lines[line - 1][max(0, column - 25) : column - 1]
