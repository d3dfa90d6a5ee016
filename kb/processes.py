"""Processes that work beside this one; they end with it, however that was."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor


def pool(most: int, prepare: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    """Returns a pool of so many processes at most, each of which prepares itself; each takes a moment to start."""
    # They take a while to import, and few runs need them.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # Never forked: a fork of a process with threads inherits locks that nobody will release.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(most, context, initializer=_begin, initargs=(prepare,))


def _begin(prepare: Callable[[], None] | None) -> None:
    _end_with_parent()
    if prepare:
        prepare()


def _end_with_parent() -> None:
    """Ends this process when the one that started it has ended, however that was, and leaves its signals to it."""
    import multiprocessing
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
