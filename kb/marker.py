"""The marker: a file that tells a folder of kb's own from everybody else's."""

from __future__ import annotations

import errno
import os
import stat

MARKER = "kb-index"
TEXT = b"""kb index
This folder is kb's own. It is made anew from the notes, and no notes are read from it.
"""
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.ENXIO})
_FIRST = TEXT.partition(b"\n")[0] + b"\n"  # What tells; the rest is for people and may be worded anew.


def is_marked(folder: str | os.PathLike[str]) -> bool:
    """Returns whether kb made a folder."""
    return read_marker(folder).startswith(_FIRST)


def read_marker(folder: str | os.PathLike[str]) -> bytes:
    """Returns what the marker of a folder holds, which is nothing where there is none."""
    try:
        descriptor = os.open(os.path.join(folder, MARKER), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _ABSENT:
            return b""
        raise
    try:
        return os.read(descriptor, 2 * len(TEXT)) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    finally:
        os.close(descriptor)
