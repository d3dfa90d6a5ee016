"""Standard streams that are closed, full or no longer read: the work is done, no command ends with a traceback."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

NOTES = Path(__file__).parent / "golden" / "notes"
WRITING = [
    ["search", "talks"],
    ["show", "tom-becker", "--format", "json"],
    ["parse", "notes/todo.txt"],
    ["check", "notes"],
    ["status"],
    ["export"],
    ["--help"],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("streams")
    shutil.copytree(NOTES, folder / "notes")
    assert ended(run("", ["ingest", "notes"], folder))[0] == 0
    return folder


def run(redirected: str, words: list[str], folder: Path) -> subprocess.Popen[str]:
    """Starts kb with its streams redirected by the shell."""
    command = ["sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, "-m", "kb", *words]
    return subprocess.Popen(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


@pytest.mark.parametrize(
    ("redirected", "reason", "commands"),
    [(">&-", "it is closed", WRITING), (">/dev/full", "No space left on device", WRITING[-2:])],
)
def test_data_that_cannot_be_written_ends_every_command_with_a_line(
    redirected: str, reason: str, commands: list[list[str]], folder: Path
) -> None:
    running = [run(redirected, words, folder) for words in commands]
    for words, process in zip(commands, running, strict=True):
        assert ended(process) == (3, "", f"kb: cannot write to stdout: {reason}\n"), words


@pytest.mark.parametrize("redirected", ["2>/dev/full", "<&- >&- 2>&-"])
def test_without_stderr_the_work_is_done(redirected: str, folder: Path, tmp_path: Path) -> None:
    index = ["--index", str(tmp_path / "index")]
    assert ended(run(redirected, [*index, "ingest", "notes"], folder)) == (0, "", "")
    assert ended(run("", [*index, "search", "caches", "--format", "paths"], folder)) == (
        0,
        "notes/fooconf-2019.md\n",
        "",
    )


def test_without_stderr_statuses_are_as_ever(folder: Path) -> None:
    said = {
        0: ["search", "talks mentioning starce", "--format", "paths"],
        1: ["show", "nobody"],
        2: ["search", "--colour"],
        3: ["--index", "nowhere", "status"],
    }
    running = {status: run("2>&-" if status % 2 else "2>/dev/full", words, folder) for status, words in said.items()}
    assert [(status, ended(process)[0]) for status, process in running.items()] == [(n, n) for n in said]


@pytest.mark.parametrize("words", [["search", "*", "--all", "--format", "json"], ["--help"]])
def test_a_reader_that_has_had_enough_ends_a_command_quietly(words: list[str], folder: Path) -> None:
    process = run("", words, folder)
    assert process.stdout
    process.stdout.close()
    process.stdout = None
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


def test_a_server_without_streams_serves(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = run("<&- >&- 2>&-", ["serve", "--port", str(port)], folder)
    answered = b""
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as reply:
                answered = reply.read()
            break
        except OSError:
            time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert answered == b'{"status":"ok"}'
