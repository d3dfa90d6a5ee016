"""The standard streams. One that is closed, full, or no longer read ends a command with a line at most.

All that kb prints goes through `out`, `out_json` and `say`, so that nothing in a note drives a terminal.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable
from io import TextIOWrapper
from typing import Literal, TextIO

from kb.printable import printable

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


class UnreadError(Exception):
    """Nobody reads stdout any more: whoever did has had enough. (click would take a BrokenPipeError for a failure.)"""


class UnwrittenError(Exception):
    """Data could not be written to stdout."""

    def __init__(self, error: OSError) -> None:
        reason = "it is closed" if error.errno == errno.EBADF else error.strerror or str(error)
        super().__init__(f"cannot write to stdout: {reason}")


def take() -> None:
    """Takes the three streams; the places of those that are closed are taken, too, lest a file be opened there.

    To write to a closed stdout still fails; what is written to a closed stderr is lost.
    """
    for number, mode in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, mode), True)
    sys.stdin = sys.stdin or _stream(0, "r")
    sys.stdout = sys.stdout or _stream(1, "w")
    sys.stderr = sys.stderr or _stream(2, "w")
    if isinstance(sys.stdout, TextIOWrapper):  # What its encoding cannot hold is replaced.
        sys.stdout.reconfigure(errors="replace")


def _stream(number: int, mode: Literal["r", "w"]) -> TextIO:
    return open(number, mode, encoding="utf-8", closefd=False)


def out(text: str, is_bold: bool = False) -> None:
    """Writes a text and a line feed to stdout; bold where colours are wanted."""
    text = printable(text)
    _write(lambda: sys.stdout.write(f"{BOLD}{text}{PLAIN}\n" if is_bold and is_coloured() else f"{text}\n"))


def out_json(value: object) -> None:
    """Writes a wire record as a line of JSON."""
    from kb import answers

    out_bytes((answers.encode(value), b"\n"))


def out_bytes(parts: Iterable[bytes]) -> None:
    """Writes JSON to stdout, which is UTF-8 whatever the encoding of texts is."""
    flush()
    _write(lambda: sys.stdout.buffer.writelines(parts))


def flush() -> None:
    """Hands what was written to stdout on; raises UnreadError or UnwrittenError where that is impossible."""
    _write(sys.stdout.flush)


def _write(write: Callable[[], object]) -> None:
    try:
        write()
    except BrokenPipeError:
        drop(sys.stdout)
        raise UnreadError from None
    except OSError as error:
        drop(sys.stdout)
        raise UnwrittenError(error) from None


def say(text: str) -> None:
    """Writes a message to stderr; where it cannot be written it is lost, and the work goes on."""
    flush()
    try:
        sys.stderr.write(f"{printable(text)}\n")
        sys.stderr.flush()
    except OSError:
        drop(sys.stderr)


def drop(stream: TextIO) -> None:
    """Has a stream go nowhere from now on: what Python still holds for it is not to fail again at exit."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, stream.fileno())
    os.close(descriptor)


def is_coloured() -> bool:
    """Tells whether stdout is a terminal, and its user has nothing against colours."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
