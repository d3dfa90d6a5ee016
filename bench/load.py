"""Servers in processes of their own, and the load that wrk puts on them."""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

CONNECTIONS = 8
STARTING = 120.0  # Seconds that a server may take to answer for the first time.
# Each question once, in order; then wrk says what it saw as JSON. Latencies are microseconds.
SCRIPT = """
local paths, n = {}, 0
for line in io.lines(%s) do paths[#paths + 1] = line end
request = function()
  n = n %% #paths + 1
  return wrk.format("GET", paths[n])
end
done = function(summary, latency)
  io.write(string.format('\\n{"requests": %%d, "microseconds": %%d, "bad": %%d, "p50": %%d, "p99": %%d}\\n',
    summary.requests, summary.duration, summary.errors.status + summary.errors.read + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


class Server(Struct):
    """A server that is up: its name, process and port, and how it is asked."""

    name: str
    process: int
    port: int
    path: Callable[[str], str]


class Load(Struct):
    """Requests a second, milliseconds of latency, and how many requests went wrong."""

    rate: float
    p50: float
    p99: float
    bad: int


@contextmanager
def serving(*commands: tuple[str, list[str], Callable[[str], str]]) -> Iterator[list[Server]]:
    """Starts servers, waits until each answers, and ends them."""
    with ExitStack() as stack:
        running = []
        for name, command, path in commands:
            port = _free_port()
            process = stack.enter_context(
                subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
            stack.callback(process.terminate)
            server = Server(name, process.pid, port, path)
            _wait(server)
            running.append(server)
        yield running


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: Server) -> None:
    url = f"http://127.0.0.1:{server.port}{server.path('data')}"
    began = time.monotonic()
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                answer.read()
                return
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() - began > STARTING:
                raise
            time.sleep(0.05)


def load(server: Server, questions: Sequence[str], seconds: int) -> Load:
    """Asks a server questions over a few connections, as fast as it answers."""
    with tempfile.TemporaryDirectory() as folder:
        paths, script = Path(folder) / "paths", Path(folder) / "ask.lua"
        paths.write_text("\n".join(map(server.path, questions)) + "\n")
        script.write_text(SCRIPT % json.dumps(str(paths)))
        command = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "-s", str(script)]
        said = subprocess.run(
            [*command, f"http://127.0.0.1:{server.port}"], capture_output=True, text=True, check=True
        ).stdout
    seen = json.loads(said.strip().splitlines()[-1])
    if not seen["requests"]:
        raise AssertionError(f"{server.name} answers nothing: {said}")
    return Load(seen["requests"] / seen["microseconds"] * 1e6, seen["p50"] / 1e3, seen["p99"] / 1e3, seen["bad"])
