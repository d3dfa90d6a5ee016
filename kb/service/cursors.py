"""Cursors: where a page of an answer begins, in which generation, sealed so that an altered one is refused."""

from __future__ import annotations

import base64
import hashlib
import struct

from msgspec import Struct

from kb.errors import BadParameterError
from kb.index import Snapshot

_FORM = struct.Struct(">II4s")  # The generation, how many hits stand before the page, the generation's stamp.
_SEAL = 8
_CHARACTERS = -(-(_FORM.size + _SEAL) * 8 // 6)


class Cursor(Struct, frozen=True):
    """The beginning of a page: how many hits of the answer stand before it in the generation that counted them.

    The stamp tells a generation from one of the same number in an index that took the place of this one.
    """

    generation: int
    start: int
    stamp: bytes

    def is_of(self, snapshot: Snapshot) -> bool:
        """Tells whether a generation is the one that counted."""
        return self == cursor_at(snapshot, self.start)


def cursor_at(snapshot: Snapshot, start: int) -> Cursor:
    """Returns the beginning of the page that has so many hits before it."""
    made = f"{snapshot.generation} {snapshot.updated_at}".encode()
    return Cursor(snapshot.generation, start, hashlib.blake2b(made, digest_size=4).digest())


def write(cursor: Cursor, question: bytes) -> str:
    """Returns a cursor as text, sealed with the question that it goes on with."""
    data = _FORM.pack(cursor.generation, cursor.start, cursor.stamp)
    seal = hashlib.blake2b(data + question, digest_size=_SEAL, person=b"kb cursor").digest()
    return base64.urlsafe_b64encode(data + seal).decode().rstrip("=")


def read(text: str, question: bytes) -> Cursor:
    """Reads a cursor; raises BadParameterError where it is not to the letter one that was given for the question."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
    except ValueError:
        data = b""
    if len(text) != _CHARACTERS or len(data) != _FORM.size + _SEAL:
        raise BadParameterError("cursor", "the cursor is not one that kb gave", code="bad_cursor")
    cursor = Cursor(*_FORM.unpack(data[: _FORM.size]))
    if write(cursor, question) != text:
        raise BadParameterError("cursor", "the cursor belongs to another question, or was altered", code="bad_cursor")
    return cursor
