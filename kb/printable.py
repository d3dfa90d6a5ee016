r"""What of a text may reach a terminal or a reader of JSON: everything but the signs that would drive it.

Letters stay as they are, with combining marks, variation selectors and the joiners that emoji, Indic and Persian text
need. Control characters (ESC, DEL and C1 among them), separators of lines, and the signs that turn the direction of what
follows are shown as `\x1b` or `\u202e`: harmless, and plain to see.
"""

from __future__ import annotations

import re

# Besides control characters: LINE and PARAGRAPH SEPARATOR, embeddings, overrides, isolates and their deprecated like, and
# lone surrogates, which no encoding holds. (`re` keeps what it compiled; most commands never need it.)
_DRIVING = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u206f\ud800-\udfff]"
# The same in UTF-8, where JSON has them as they are: a byte that tells soon whether there are any, and the pattern.
_RAW = (
    (b"\x7f", rb"\x7f"),
    (b"\xc2", rb"\xc2[\x80-\x9f]"),
    (b"\xe2", rb"\xe2(?:\x80[\xa8-\xae]|\x81[\xa6-\xaf])"),
)
_BREAKS = str.maketrans("\t\n", "  ")


def printable(text: str) -> str:
    """Returns a text of one line or more with what would drive a terminal made visible; tabs and line feeds stay."""
    return text if text.isprintable() else re.sub(_DRIVING, _shown, text)


def one_line(text: str) -> str:
    """Returns a text on one line, with what would drive a terminal made visible."""
    return text if text.isprintable() else printable(text.translate(_BREAKS))


def _shown(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def escaped(json: bytes) -> bytes:
    """Returns JSON with the signs escaped that it may hold as they are, though they would drive a terminal."""
    for begun, pattern in _RAW:
        if begun in json:
            json = re.sub(pattern, _escaped, json)
    return json


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(found[0].decode())
