"""What the benches keep of a run: one JSON file a bench in KB_RESULTS (default .bench/), by size, read by the report."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(os.environ.get("KB_RESULTS", ROOT / ".bench"))
DISTRIBUTIONS = ("numpy", "tantivy", "whoosh-reloaded", "falcon", "waitress", "datasette")


def sizes(said: str = os.environ.get("KB_TALKS", "1000 10000")) -> list[int]:
    """Returns the numbers of talks to measure at, such as "1000 10000 100000": those of KB_TALKS, where none are said."""
    return [int(count.replace(",", "")) for count in said.split()]


def keep(bench: str, size: int, measured: Any) -> None:
    """Keeps what a bench measured at a size, in place of what it measured there before."""
    kept = read(bench)
    kept[str(size)] = {"measured": measured, **around()}
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{bench}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")


def read(bench: str) -> dict[str, Any]:
    """Returns what a bench has kept, by size."""
    path = RESULTS / f"{bench}.json"
    kept: dict[str, Any] = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
    return kept


def around() -> dict[str, Any]:
    """Returns when and where a run is made, and of which versions."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{_model()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "versions": {
            "kb": _revision(),
            "Python": platform.python_version(),
            "SQLite": sqlite3.sqlite_version,
            **{name: found for name in DISTRIBUTIONS if (found := _version(name))},
        },
    }


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU")


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _revision() -> str:
    """Returns kb's version, with the commit where it is known."""
    asked = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    commit = asked.stdout.strip()
    return (_version("kb") or "?") + (f" ({commit})" if commit else "")


def talk(*words: str) -> None:
    """Says on stderr what a bench is doing."""
    print(*words, file=sys.stderr, flush=True)
