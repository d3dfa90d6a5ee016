"""Which files of the notes are not as a generation was built from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kb import notes
from kb.index import Stored
from kb.notes import File
from kb.roots import Root


def stale(files: Mapping[str, Stored], roots: Sequence[Root]) -> list[str]:
    """Returns the paths of files that are new, changed or gone since a generation was built of some files."""
    known = {path: stored for path, stored in files.items() if stored.digest and stored.was_read}
    found = notes.look([root for root in roots if not root.is_away])
    now = {file.path: file for file in (*found.files, *found.settings)}
    return sorted([*known.keys() ^ now.keys(), *(p for p in known.keys() & now.keys() if _differs(known[p], now[p]))])


def _differs(stored: Stored, file: File) -> bool:
    """Tells whether a file has other bytes than were read; it is read where it looks otherwise and is as large."""
    if stored.looks == file.looks:
        return False
    return stored.size != file.size or notes.read(file).digest != stored.digest
