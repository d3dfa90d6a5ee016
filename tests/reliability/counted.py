"""How much is tried: little by default, for CI, and much with KB_SCALE=full; what was counted is kept for the page."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.results import around

FULL = os.environ.get("KB_SCALE") == "full"


def times(little: int, much: int) -> int:
    """Returns how often something is tried; KB_TIMES multiplies what CI tries."""
    return much if FULL else max(1, round(little * float(os.environ.get("KB_TIMES", "1"))))


@contextmanager
def counted(law: str, cases: int = 0) -> Iterator[dict[str, int | str]]:
    """Keeps how many cases of a law held; what a test adds to the details is kept with them.

    Where only the test shows how many there are, it adds them as `cases`.
    """
    details: dict[str, int | str] = {}
    began = time.monotonic()
    yield details
    if path := os.environ.get("KB_RELIABILITY"):
        with open(path, "a", encoding="utf-8") as file:
            seconds = round(time.monotonic() - began, 1)
            kept = {
                "law": law,
                "cases": details.pop("cases", cases),
                "seconds": seconds,
                "details": details,
                "kb": around()["versions"]["kb"],
            }
            file.write(json.dumps(kept) + "\n")
