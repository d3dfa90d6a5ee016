"""How files look that have the bytes that were read: kept beside the generations, as nothing that is answered changes.

It may be lost or damaged, and such files are read again.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import msgspec

from kb.index import Stored
from kb.index.folder import TOUCHED, IndexFolder

_SUM = 16  # Bytes.


def read(folder: Path) -> dict[str, Stored]:
    """Returns the files that were touched since they were read, by path."""
    try:
        data = (folder / TOUCHED).read_bytes()
        if hashlib.blake2b(data[_SUM:], digest_size=_SUM).digest() != data[:_SUM]:
            return {}
        return msgspec.msgpack.decode(data[_SUM:], type=dict[str, Stored])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}


def over(files: dict[str, Stored], touched: dict[str, Stored]) -> dict[str, Stored]:
    """Returns files as they looked last, where all else about them is as it was."""
    new = {path: one for path, one in touched.items() if path in files and is_touched(files[path], one)}
    return {**files, **new} if new else files


def is_touched(before: Stored, now: Stored) -> bool:
    """Tells whether a file has other looks alone."""
    return before != now and before == now.looking(*before.looks)


def write(home: IndexFolder, files: dict[str, Stored], touched: dict[str, Stored]) -> None:
    """Keeps the files that have been touched since they were read."""
    kept = {path: one for path, one in touched.items() if path in files and is_touched(files[path], one)}
    data = msgspec.msgpack.encode(kept)
    with suppress(OSError):
        home.put(TOUCHED, hashlib.blake2b(data, digest_size=_SUM).digest() + data)
