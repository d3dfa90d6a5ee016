"""An index that is removed and made anew under a server: the server follows it, and is 503 meanwhile at most."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kb.errors import IndexMissingError
from kb.index import open_index
from kb.ingest import ingest
from kb.query.tree import Query

NOTE = "# {} ★★★★\n**Maria Lopez, Initech**\n"


@contextmanager
def serving(index: Path, *ways: tuple[str, ...]) -> Iterator[list[str]]:
    """Runs servers, each with its options, and gives their addresses."""
    command = [sys.executable, "-m", "kb", "--index", str(index), "serve", "--port", "0"]
    servers = [subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) for options in ways]
    try:
        yield [address(server) for server in servers]
    finally:
        for server in servers:
            server.send_signal(signal.SIGTERM)
        for server in servers:
            server.communicate(timeout=30)
    assert [server.returncode for server in servers] == [0] * len(servers)


def address(server: subprocess.Popen[str]) -> str:
    """Returns where a server says it is."""
    assert server.stderr
    return next(line.split()[3].rstrip(".;") for line in server.stderr if "kb serves on" in line)


def title(url: str) -> str:
    """Returns the title of the one talk, or what a problem says."""
    try:
        with urllib.request.urlopen(f"{url}/v1/talks", timeout=20) as reply:
            return str(json.load(reply)["hits"][0]["title"])
    except urllib.error.HTTPError as error:
        return str(json.load(error)["code"]) if error.code == 503 else str(error.code)


def test_servers_follow_an_index_that_is_made_anew(tmp_path: Path) -> None:
    """Alone and by workers; then one that watches the notes, which makes the index anew by itself, too."""
    notes, index = tmp_path / "notes", tmp_path / "index"
    notes.mkdir()
    command = [sys.executable, "-m", "kb", "--index", str(index), "ingest", str(notes)]
    (notes / "a.md").write_text(NOTE.format("Round 0"))
    subprocess.run(command, check=True, capture_output=True)

    def replaced(urls: list[str], n: int, is_watched: bool) -> None:
        was, now = f"Round {n - 1}", f"Round {n}"
        assert {title(url) for url in urls * 6} == {was}
        (notes / "a.md").write_text(NOTE.format(now))
        shutil.rmtree(index, ignore_errors=is_watched)
        assert is_watched or {title(url) for url in urls} == {"index_missing"}
        until = time.monotonic() + 30
        while (told := subprocess.run(command, check=False, capture_output=True)).returncode:
            assert is_watched, told.stderr  # Who watches may be at it for longer than one waits.
            assert time.monotonic() < until, told.stderr
        while any(title(url) != now for url in urls * 6):
            assert time.monotonic() < until, [title(url) for url in urls]

    with serving(index, (), ("--workers", "2")) as urls:
        replaced(urls, 1, False)
    with serving(index, ("--watch",)) as urls:
        (notes / "a.md").write_text(NOTE.format("Round 2"))
        until = time.monotonic() + 30
        while title(urls[0]) != "Round 2":  # So that it is seen that it watches.
            assert time.monotonic() < until
            time.sleep(0.05)
        replaced(urls, 3, True)
    assert not list(index.glob("*.tmp"))


def test_an_index_is_another_than_that_of_the_same_number_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(NOTE.format("First"))
    reader = open_index(tmp_path / "index")
    ingest(open_index(tmp_path / "index"), [str(tmp_path / "a.md")])
    kept = reader.snapshot()
    shutil.copytree(tmp_path / "index", tmp_path / "copy")
    shutil.rmtree(tmp_path / "index")
    with pytest.raises(IndexMissingError):
        reader.snapshot()
    (tmp_path / "a.md").write_text(NOTE.format("Other"))
    ingest(open_index(tmp_path / "index"), [str(tmp_path / "a.md")])
    assert [one.search(Query()).found[0].title for one in (kept, reader.snapshot())] == ["First", "Other"]
    os.rename(tmp_path / "index", tmp_path / "away")
    os.rename(tmp_path / "copy", tmp_path / "index")
    assert reader.snapshot().search(Query()).found[0].title == "First"
