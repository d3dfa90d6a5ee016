"""Answers that are kept ready as bytes: the same question of the same generation is answered once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from kb import answers
from kb.index import Snapshot

MOST_BYTES = 16 * 1024 * 1024
LARGEST = 256 * 1024  # Larger answers are made anew each time.


class Ready(NamedTuple):
    """An answer as it is sent, and its entity tag."""

    data: bytes
    etag: str


class Kept:
    """Ready answers of the newest generation by what was asked; all are forgotten when they come to too much."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._answers: dict[tuple[str, str], Ready] = {}
        self._bytes = 0
        self._lock = Lock()

    def answer(self, snapshot: Snapshot, asked: tuple[str, str], make: Callable[[], object]) -> Ready:
        """Returns the answer to what is asked of a generation, made where it is not ready."""
        if self._snapshot is snapshot and (known := self._answers.get(asked)):
            return known
        data = answers.encode(make())
        ready = Ready(data, hashlib.blake2b(data, digest_size=12).hexdigest())
        if len(data) <= LARGEST:
            with self._lock:
                self._bytes += len(data)
                if self._snapshot is not snapshot or self._bytes > MOST_BYTES:
                    self._snapshot, self._answers, self._bytes = snapshot, {}, len(data)
                self._answers[asked] = ready
        return ready
