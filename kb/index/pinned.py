"""A generation by its number, for the pages of an answer that began in it."""

from __future__ import annotations

from pathlib import Path

from kb.errors import KbError
from kb.index.generations import Generations
from kb.index.snapshot import Snapshot


class Pinned(Generations):
    """The folder of an index as if CURRENT went on naming one generation.

    Once it is open, its files are mapped, and it answers on after they have been removed.
    """

    def __init__(self, folder: Path, generation: int) -> None:
        super().__init__(folder)
        self.generation = generation

    def snapshot_or_none(self) -> Snapshot | None:
        """Returns the generation, or None where it is not there or cannot be read."""
        try:
            return self.snapshot()
        except KbError:
            return None

    def _name(self) -> str:
        return f"{self.generation:08}"
