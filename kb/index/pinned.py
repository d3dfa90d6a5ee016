"""A generation by its number, for the pages of an answer that began in it."""

from __future__ import annotations

import time
from pathlib import Path

from kb.errors import KbError
from kb.index.generations import Generations, Identity
from kb.index.manifest import read_manifest
from kb.index.snapshot import Snapshot

IDLE = 600.0  # Seconds without a question after which a generation is let go.


class Pinned(Generations):
    """The folder of an index as if CURRENT went on naming one generation.

    Once it is open, its files are mapped, and it answers on after they have been removed; they take up the disk until it
    is let go.
    """

    def __init__(self, folder: Path, generation: int) -> None:
        super().__init__(folder)
        self.generation = generation
        self._asked_at = time.monotonic()

    @property
    def is_idle(self) -> bool:
        """Tells whether nobody has asked for it for a while."""
        return time.monotonic() - self._asked_at > IDLE

    def snapshot_or_none(self) -> Snapshot | None:
        """Returns the generation, or None where it is not there or cannot be read."""
        self._asked_at = time.monotonic()
        try:
            return self.snapshot()
        except KbError:
            return None

    def _newest(self) -> Identity:
        if not self._pointed[1][0]:
            self._pointed = ((), self._identity())
        return self._pointed[1]

    def _identity(self) -> Identity:
        name = f"{self.generation:08}"
        try:
            return name, read_manifest(self.folder / name)[1]
        except (OSError, KbError):
            return name, ""
