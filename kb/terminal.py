"""Text of notes as a terminal may be given it: nothing in it moves the cursor, or turns what else stands on the line."""

from __future__ import annotations

import re

# Control characters, what ends a line, what turns the direction of other text, and half characters. Joiners, marks
# that belong to a script, and characters that are too new for this Python are printed.
_DRIVING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """Returns text for one line; tabs and line ends become spaces, what would drive the terminal is replaced."""
    return _DRIVING.sub(lambda m: " " if m[0] in "\t\n" else "\ufffd", text)


def clean_lines(text: str) -> str:
    """Returns text for several lines, each of them clean."""
    return "\n".join(map(clean, text.split("\n")))
