"""The one KnowledgeBase that every front end is handed: it takes notes in, and gives readers that answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kb.config import Config
from kb.index import Index, open_index
from kb.service.reader import COMPLETIONS, Reader
from kb.service.request import LIMIT, Request
from kb.service.unindexed import checked, parse, parsed, styled, styled_by

if TYPE_CHECKING:
    from kb.ingest import IsSame, Progress, Report
    from kb.scope import Others

__all__ = [
    "COMPLETIONS",
    "LIMIT",
    "KnowledgeBase",
    "Reader",
    "Request",
    "checked",
    "parse",
    "parsed",
    "styled",
    "styled_by",
]


class KnowledgeBase:
    """Notes, ingested and asked."""

    def __init__(self, config: Config, index: Index | None = None) -> None:
        self.config = config
        self.index = index or open_index(config.index)

    def ingest(
        self,
        paths: Sequence[str] = (),
        rebuild: bool = False,
        progress: Progress | None = None,
        is_same: IsSame | None = None,
        others: Others = "stop",
    ) -> Report:
        """Brings the index up to date with the notes; `others` says what becomes of notes that no path reaches."""
        from kb.ingest import ingest

        return ingest(self.index, paths, self.config.notes, rebuild, progress, is_same, others)

    def reader(self) -> Reader:
        """Returns what answers out of the newest generation, and goes on to do so whatever is ingested."""
        return Reader(self.index.snapshot(), self.index.kept, self.index.as_seen)
