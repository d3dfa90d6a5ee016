"""waitress as kb runs it: there is room for whoever comes, refusals are problems, and what is in work is answered.

At its limit waitress accepts nobody until a client has been silent for its timeout, refuses in plain text, and at its
end drops answers that have not been sent.
"""

from __future__ import annotations

import select
import time
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, WSGITask

from kb.rest import errors

DRAIN = 10.0  # Seconds in which requests that are in work when the server stops are answered.
STALLED = 5.0  # Seconds after which a client that does not read its answer makes room for another.
BUSY = "503 Service Unavailable"


class Task(WSGITask):
    """Answers a request, the last one on its connection if the server stops."""

    channel: Any
    request: Any

    def build_response_header(self) -> bytes:
        """Returns the status line and the headers."""
        if self.channel.server.is_stopping and len(self.channel.requests) <= 1:
            self.request.headers["CONNECTION"] = "close"
        return super().build_response_header()


class Refusal(ErrorTask):
    """Answers with a problem what waitress refuses before the application sees it."""

    request: Any
    response_headers: Any

    def execute(self) -> None:
        """Writes the problem."""
        error = self.request.error
        status, detail = f"{error.code} {error.reason}", f"{error.reason}: {error.body}"
        if error.code == 500:  # What nobody expected is 503 here as everywhere.
            status, detail = BUSY, "kb could not answer this request; the server's log says why"
        body = errors.problem(status, "internal" if error.code == 500 else errors.code_of(status), detail)
        self.status = status
        self.response_headers.extend(errors.headers(status))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):
    """A connection."""

    task_class = Task
    error_task_class = Refusal

    @property
    def is_at_work(self) -> bool:
        """Tells whether a whole request has come that is not answered yet."""
        return bool(self.requests or self.total_outbufs_len)

    def has_nothing_to_do(self, now: float) -> bool:
        """Tells whether this connection may be given up for another one."""
        stalled = self.total_outbufs_len and now - self.last_activity > STALLED
        return not self.requests and bool(stalled or not self.total_outbufs_len)


class Server(TcpWSGIServer):
    """Serves until it is told to stop, `most` connections at a time."""

    active_channels: Any
    socket: Any
    _map: Any
    channel_class = Channel
    is_stopping = False
    most = 1_000

    def handle_accept(self) -> None:
        """Accepts a connection: in place of those that have had nothing to do for longest where there are too many."""
        channels = list(self.active_channels.values())
        if len(channels) < self.most:
            super().handle_accept()
        elif not any(channel.will_close for channel in channels):  # Those that close make room in a moment.
            now = time.time()
            idle = sorted((c for c in channels if c.has_nothing_to_do(now)), key=lambda c: c.last_activity)
            for channel in idle[: self.most // 16 + 1]:
                channel.will_close = True
            if not idle:
                self._refuse()

    def _refuse(self) -> None:
        """Accepts a connection and answers at once that the server is busy."""
        accepted = self.accept()
        if accepted is None:
            return
        with accepted[0] as connection:
            body = errors.problem(BUSY, "busy", "so many requests are in work that no more are taken; try again")
            headers = "".join(f"{name}: {value}\r\n" for name, value in errors.headers(BUSY))
            head = f"HTTP/1.1 {BUSY}\r\n{headers}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            try:
                connection.setblocking(False)
                connection.send(head.encode() + body)
                connection.recv(self.adj.recv_bytes)  # What is left unread when a connection closes resets it.
            except OSError:
                return

    def stop(self, number: int = 0) -> None:
        """Lets `run` end when what is in work is answered; this may handle a signal."""
        self.is_stopping = True
        self.pull_trigger()

    def run(self) -> None:
        """Answers requests until `stop`, and then those that have come."""
        while not self.is_stopping:
            self._turn(self.adj.asyncore_loop_timeout)
        self._accept_what_has_come()
        until = time.monotonic() + DRAIN
        self._turn(0)
        while any(channel.is_at_work for channel in self.active_channels.values()) and time.monotonic() < until:
            self._turn(0.1)
        self.task_dispatcher.shutdown(timeout=1)
        for channel in list(self.active_channels.values()):
            channel.handle_close()

    def _turn(self, timeout: float) -> None:
        wasyncore.loop(timeout, self.adj.asyncore_use_poll, self._map, count=1)

    def _accept_what_has_come(self) -> None:
        """Accepts the connections that wait, and refuses further ones."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        for _ in range(self.adj.backlog):
            if not poll.poll(0):
                break
            self.handle_accept()
        wasyncore.dispatcher.close(self)
