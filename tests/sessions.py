"""Console sessions that are executed: `$ command` and below it what it prints, in files and in the README.

A command is `kb …` or `curl -s URL`, each with an optional pipe; what it writes to stderr follows its stdout, and an exit
status other than 0 is printed as `[1]`. `pytest --refresh` writes the outputs anew.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

Runner = Callable[[str], str]


def session(text: str, run: Runner) -> str:
    """Returns a file of commands with their outputs: a command, its output, a blank line."""
    commands = [line[2:] for line in text.split("\n") if line.startswith("$ ")]
    return "\n\n".join("\n".join(filter(None, [f"$ {c}", run(c).rstrip("\n")])) for c in commands) + "\n"


def in_markdown(text: str, run: Runner) -> str:
    """Returns a Markdown text with the outputs in its `console` blocks as they are now."""
    return re.sub(r"```console\n(.*?)```", lambda m: f"```console\n{session(m[1], run)}```", text, flags=re.DOTALL)


def runner(folder: Path, port: int | None = None) -> Runner:
    """Returns what runs a command in a folder, `localhost:8000` being the server on a port."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KB_")} | {"COLUMNS": "120", "NO_COLOR": "1"}

    def run(command: str) -> str:
        command, _, pipe = command.partition(" | ")
        words = shlex.split(command)
        if words[0] == "curl":
            output, status, errors = fetched(words[-1].replace("localhost:8000", f"127.0.0.1:{port}")), 0, ""
        else:
            assert words[0] == "kb", command
            ended = subprocess.run(
                [sys.executable, "-m", "kb", *words[1:]],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            output, status, errors = ended.stdout, ended.returncode, ended.stderr
        if pipe:
            output = subprocess.run(pipe, shell=True, input=output, capture_output=True, text=True, check=True).stdout
        parts = [output.rstrip("\n"), errors.rstrip("\n"), f"[{status}]" if status else ""]
        return "\n".join(filter(None, parts)).replace(str(folder), "~")

    return run


def fetched(url: str) -> str:
    """Returns the body of a response, whatever its status."""
    url = url if url.startswith("http") else f"http://{url}"
    try:
        with urllib.request.urlopen(url, timeout=20) as reply:
            return str(reply.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()
