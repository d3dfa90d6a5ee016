"""How a process stops: at the first signal in order, at a second one at once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import FrameType

TOGETHER = 0.5  # Seconds in which a signal that is sent to a process and to its group comes twice.
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def on_signals(stop: Callable[[int], None], kill: Callable[[], None] | None = None) -> None:
    """Calls `stop` with the first signal; at a second one it calls `kill` and ends this process, if `kill` is given."""
    began: float | None = None

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal began
        if began is None:
            began = time.monotonic()
            stop(number)
        elif kill is not None and time.monotonic() - began > TOGETHER:
            kill()
            os._exit(128 + number)

    for one in SIGNALS:
        signal.signal(one, handle)
