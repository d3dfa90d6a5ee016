"""Notes that change at random: what edit scripts and crashes are tried on."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

PEOPLE = (
    "Ada Lovelace", "A. Lovelace", "Ada Lovelace (@ada)", "Grace Hopper, Acme", "G. Hopper", "Grace Hopper (@ada)",
    "Alan Kay (@kay), Initech", "Alan Kay (@alan)", "Čeněk Říha", "Cenek Riha", "Ann Kay",
)  # fmt: skip
TITLES = (
    "Tail latency",
    "Caches",
    "Caches!",
    "Linux performance",
    "C++ and C#",
    "Queues in Node.js",
    "Tail latency II",
)
TOOLS = ("strace", "`perf`", "Kubernetes", "k8s", "Postgres", "PostgreSQL", "Redis", "`vim`", "Visual Studio Code")
EVENTS = ("Velocity", "Strange Loop", "PyCon US")
NAMES = ("a.md", "b.md", "b.markdown", "B.md", "sub/a.md", "sub/c.md", "sub-a.md", "sub/deep/d.md", "z.txt")
SETTINGS = ("", "event: Velocity\n", "people:\n  same:\n    - [Ada Lovelace, Ann Kay]\n", "tools:\n  add: [latency]\n")


def note(draw: random.Random) -> str:
    """Returns a note of some talks, whose titles may repeat and whose people may be spelt otherwise elsewhere."""
    front = f"---\nevent: {draw.choice(EVENTS)}\ndate: {draw.choice(('2014', '2015-05', '2015-05-28'))}\n---\n"
    talks = "\n".join(_talk(draw) for _ in range(draw.randint(0, 3)))
    return (front if draw.random() < 0.6 else "") + (talks or "Nothing but words.\n")


def _talk(draw: random.Random) -> str:
    stars = draw.choice(("", " ★★★", " ★★★★★", " 4/5"))
    people = "; ".join(draw.sample(PEOPLE, draw.randint(0, 2)))
    said = f"We use {draw.choice(TOOLS)} and {draw.choice(TOOLS)}. {draw.choice(TITLES)} again."
    return f"# {draw.choice(TITLES)}{stars}\n" + (f"**{people}**\n" if people else "") + f"\n{said}\n"


def edit(folder: Path, draw: random.Random) -> str:
    """Changes something below a folder, and says what."""
    there = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "kb.yaml")
    what = draw.choice(("add", "add", "edit", "edit", "rename", "delete", "swap", "settings", "touch"))
    path = draw.choice(there) if there else folder / "a.md"
    if what == "add" or not there:
        _write(folder / draw.choice(NAMES), note(draw))
    elif what == "edit":
        path.write_text(draw.choice((note(draw), path.read_text() + _talk(draw))), encoding="utf-8")
    elif what == "rename":
        new = folder / draw.choice(NAMES)
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, new)
    elif what == "delete":
        path.unlink()
    elif what == "swap":
        other = draw.choice(there)
        one, two = path.read_bytes(), other.read_bytes()
        path.write_bytes(two)
        other.write_bytes(one)
    elif what == "settings":
        _write(folder / draw.choice(("kb.yaml", "sub/kb.yaml")), draw.choice(SETTINGS))
    else:
        os.utime(path, ns=(1, draw.randrange(1 << 60)))
    return f"{what} {path.name}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
