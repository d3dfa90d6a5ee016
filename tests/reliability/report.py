"""Writes docs/reliability.md of what the reliability tests have counted: `make reliability SCALE=full`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from bench.report import DOCS, table
from bench.results import around


class Law(NamedTuple):
    """What a test does again and again, and what must hold each time."""

    does: str
    holds: str


LAWS = {
    "a killed ingest": Law(
        "SIGKILL at a random moment of an ingest, while two readers and an HTTP client ask on",
        "every answer is of one generation, and of the one before or after; no read fails; the next ingest ends well and "
        "leaves nothing over",
    ),
    "an interrupted first run": Law(
        "SIGKILL at each step of the first ingest into a folder, and at one of the ingest after it",
        "the next ingest goes on, leaves nothing over, and nothing but kb's own files was touched",
    ),
    "a system call that fails": Law(
        "a write, fsync, rename, open, link, unlink, mkdir, rmdir, truncate or mmap of an ingest fails with EIO, ENOSPC or "
        "EMFILE, or kills it (injected by strace, in turn at every time each is made)",
        "the index is the old or the new one; the ingest says so in one line; the next one leaves nothing over",
    ),
    "a function that fails": Law(
        "the same, with the functions of Python that make those calls failing instead, for where there is no strace",
        "the same",
    ),
    "damage is found": Law(
        "any file of the index (its words, names and records, Whoosh's own, the lists of them, CURRENT) flipped in a bit, "
        "zeroed in part, cut, lengthened, removed, swapped with another, put back from an older copy",
        "an answer is right or says that the index is damaged; the next ingest finds it and makes the index anew",
    ),
    "damage under a server": Law(
        "a file of the index flipped in a bit, zeroed in part, cut or emptied where it lies, under a server that is asked "
        "all the while",
        "a tenth of a second later an answer is right or 503; what cutting a mapped file ends (SIGBUS) is started anew; "
        "after the next ingest answers are right again",
    ),
    "damage under workers": Law("the same under `--workers 2`", "the same"),
    "damage under a server that watches": Law("the same under `--watch`", "the same, and it ingests by itself"),
    "a power cut": Law(
        "the file system's image (ext4 on a loop device) copied at a random moment of ingests, and mounted",
        "the index opens and answers, and no round that was acknowledged is lost",
    ),
    "a full disk": Law(
        "ingests on a small tmpfs with room for all, some or none of what they write, and with room again",
        "reads go on; the ingest ends well, or says in one line that the disk is full; with room it ends well",
    ),
    "too little memory": Law(
        "an ingest with less and less address space (RLIMIT_AS)",
        "it ends well, or gives up in one line; the old index stays whole",
    ),
    "writers at once": Law("two to eight ingests at once", "one wins; the others wait or say that another is at work"),
    "notes that change meanwhile": Law(
        "notes rewritten all the while that an ingest reads them", "every record is one that a file really had"
    ),
    "rebuild equals incremental": Law(
        "a script of twelve random edits (write, rename, move, delete, touch), ingested as it goes",
        "the export is, byte for byte, that of an index built anew",
    ),
    "answers while everything changes": Law(
        "an ingest after which nothing is as it was, no id, name or tool, while eight askers ask every endpoint and follow what "
        "they are shown, in one process and over a server",
        "no answer is 5xx or of two generations; the pages of one show every hit once, or say that the notes changed",
    ),
    "a campaign of requests": Law(
        "a generated request: any endpoint, parameters that are known, unknown, empty, repeated or hostile, cursors that are "
        "right, altered or another question's, any method and headers; a tenth of them over a server",
        "no answer is 5xx, and what is refused says why as a problem with a code; pages, totals, facets, the canonical form asked "
        "again, HEAD, entity tags and the command line agree",
    ),
    "edits under a server": Law(
        "under `kb serve --watch` a git checkout that changes 1,000 notes, and back; the folder of notes vanishes and comes "
        "back; a folder in it vanishes and comes back under another name; the process that watches is killed",
        "the answers are those of the notes as they are; what vanished whole is kept until it is back; the watch goes on",
    ),
    "processes that are ended": Law(
        "two servers (one with workers, both watching), `kb watch` and `kb ingest` at one index, ended in every order, each by "
        "SIGTERM, SIGINT or SIGKILL, while talks are rendered and an edit is read",
        "no process of theirs runs on; the next ingest leaves nothing over",
    ),
    "requests in work at the end": Law(
        "eight requests for a talk that is slow to render, and SIGTERM while it is", "all eight are answered"
    ),
    "requests in work at the end of workers": Law("the same under `--workers 2`", "the same"),
    "soak of a server": Law(
        "edit and ask under `kb serve --watch`", "memory, open files and mapped ones of its processes stay level"
    ),
    "soak": Law("edit, ingest, ask, in one process", "memory and open files stay level after it has warmed up"),
}


def main(counts: Path) -> None:
    """Writes the page."""
    kept = {one["law"]: one for one in map(json.loads, counts.read_text(encoding="utf-8").splitlines())}
    at = around()
    lines = [
        "# Reliability",
        "",
        "What is done to the index and to the processes around it, how often, and what held every time;",
        "`make reliability` does it in small, as CI does, and `make reliability SCALE=full` writes this page.",
        "",
        f"- {at['date']}, {at['machine']}, Python {at['versions']['Python']}; the last column is what was tried.",
        "",
        *table(
            ("", "cases", "seconds", "of them", "kb"),
            (_row(kept[law], said) for law, said in LAWS.items() if law in kept),
        ),
        "## What held in every case",
        "",
        *(f"- {_sentence(said.does)}: {said.holds}." for law, said in LAWS.items() if law in kept),
    ]
    if missing := [said.does for law, said in LAWS.items() if law not in kept]:
        lines += ["", "Not tried in this run, as the machine does not let it be:", ""]
        lines += [f"- {does}" for does in missing]
    lines += ["", *_how()]
    (DOCS / "reliability.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{DOCS / 'reliability.md'} is written")


def _row(counted: dict[str, Any], said: Law) -> tuple[str, ...]:
    details = ", ".join(f"{n:,} {what}" for what, n in counted["details"].items())
    return counted["law"], f"{counted['cases']:,}", f"{counted['seconds']:,.0f}", details, counted["kb"]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _how() -> list[str]:
    return [
        "## How the index is kept",
        "",
        "- A generation is a folder of files that are written once; the segments that stay are linked from the one before.",
        "  It is written aside, checksummed, flushed to disk with its folder, renamed, and only then named by `CURRENT`, which",
        "  is itself replaced by one rename. A reader holds one generation, whatever is committed meanwhile.",
        "- `CURRENT` and the manifest that it names are sealed, so that no flipped bit names another generation. The manifest",
        "  has the checksum of the head of every file, and a head that of every block. A block is checked when it is first",
        "  touched, so that opening costs nothing, and every ingest checks the whole, since it can make anew what is damaged.",
        "- A server looks ten times a second, when it is asked, whether what it has mapped was written to, and then checks it",
        "  anew; in the tenth before, what had been checked already is used. Where a file is cut just as it is read, the system",
        "  ends the process (SIGBUS): its parent, which keeps the port, starts it anew, and the index is made anew. Workers are",
        "  started anew, too, and answer 503 until the next ingest. A watch sees damage as it sees edits, and checks all once a",
        "  minute. A command checks the size of every file before it maps one.",
        "- An older `CURRENT` put back beside the generation that it names is an older index, and no damage: answers are those",
        "  of before the last ingest, and the next brings it up to date.",
        "- The notes are never written to. An index that is damaged, or of another version, is made anew from them.",
    ]


if __name__ == "__main__":
    main(Path(os.environ["KB_RELIABILITY"]))
