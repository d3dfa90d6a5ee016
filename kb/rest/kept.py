"""Answers that are kept ready as bytes: the same question of the same generation is answered once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from kb import answers
from kb.index import Snapshot
from kb.rest.errors import NOSNIFF

MOST_BYTES = 8 * 1024 * 1024
LARGEST = 256 * 1024  # Larger answers are made anew each time.

Asked = tuple[str, str]


class Ready(NamedTuple):
    """An answer as it is sent, its entity tag, and the headers that it has each time."""

    data: bytes
    etag: str
    headers: tuple[tuple[str, str], ...]


class Kept:
    """Ready answers of the newest generation by path and query; all are forgotten when they come to too much."""

    def __init__(self) -> None:
        self._newest: tuple[Snapshot | None, dict[Asked, Ready]] = (None, {})
        self._bytes = 0
        self._lock = Lock()

    def ready(self, snapshot: Snapshot, asked: Asked) -> Ready | None:
        """Returns the answer to what is asked of a generation, or None where it is not ready."""
        of, known = self._newest
        return known.get(asked) if of is snapshot else None

    def answer(self, snapshot: Snapshot, asked: Asked, make: Callable[[], object]) -> Ready:
        """Returns the answer to what is asked of a generation, made where it is not ready."""
        if known := self.ready(snapshot, asked):
            return known
        data = answers.encode(make())
        ready = _labelled(data)
        if len(data) <= LARGEST:
            size = len(data) + sum(map(len, asked))
            with self._lock:
                self._bytes += size
                if self._newest[0] is not snapshot or self._bytes > MOST_BYTES:
                    self._newest, self._bytes = (snapshot, {}), size
                self._newest[1][asked] = ready
        return ready


def _labelled(data: bytes) -> Ready:
    etag = hashlib.blake2b(data, digest_size=12).hexdigest()
    headers = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(data))),
        ("Cache-Control", "no-cache"),
        ("ETag", f'"{etag}"'),
        NOSNIFF,
    )
    return Ready(data, etag, headers)
