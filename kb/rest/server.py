"""The server: waitress with enough threads and connections that slow clients starve nobody."""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from wsgiref.types import WSGIApplication

from waitress.server import BaseWSGIServer, create_server

from kb.errors import KbError
from kb.rest.app import create_app
from kb.rest.revival import end_at_eof
from kb.rest.workers import Workers, spread
from kb.service import KnowledgeBase

THREADS = 8
CONNECTIONS = 2_000
BACKLOG = 1_024
# A client that sends nothing for so long loses its connection; a body is never read, so it may be small.
IDLE_SECONDS = 30
MAX_BODY = 64 * 1024
MAX_HEADER = 32 * 1024
TOGETHER = 64 * 1024  # Bytes that are gathered before they are sent.


def serve(
    kb: KnowledgeBase, listener: socket.socket, allowed_hosts: tuple[str, ...], ready: Callable[[int], None]
) -> None:
    """Serves at a socket until a signal; `ready` is told its port."""
    _stop_on_signals()
    run(kb, listener, allowed_hosts, lambda: ready(listener.getsockname()[1]))


def serve_by_workers(command: Sequence[str], count: int, listener: socket.socket, ready: Callable[[int], None]) -> None:
    """Serves until a signal by processes that run a command, each of which is told its socket."""
    listeners = spread(listener, count)
    for one in listeners:
        one.listen(BACKLOG)
    _stop_on_signals()
    workers = Workers(command, listeners)
    try:
        ready(listeners[0].getsockname()[1])
        workers.run()
    finally:
        workers.stop()


def serve_as_worker(kb: KnowledgeBase, descriptor: int, allowed_hosts: tuple[str, ...]) -> None:
    """Serves a socket that another process listens on, until that one ends."""
    _stop_on_signals()
    end_at_eof(sys.stdin.fileno())  # It ends when the process that started this one does.
    run(kb, socket.socket(fileno=descriptor), allowed_hosts, lambda: None)


def run(kb: KnowledgeBase, listener: socket.socket, allowed_hosts: tuple[str, ...], ready: Callable[[], None]) -> None:
    """Answers requests for ever."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = served(create_app(kb, allowed_hosts), listener)
    with contextlib.suppress(KbError):  # Without an index, questions are answered with what is the matter.
        kb.index.snapshot().warm()
    gc.freeze()  # What is there now stays: looking through it for garbage would hold answers up.
    ready()
    server.run()


def served(app: WSGIApplication, listener: socket.socket) -> BaseWSGIServer:
    """Returns waitress with an application; `bench.hello` is measured under the same."""
    server = create_server(
        app,
        sockets=[listener],
        threads=THREADS,
        backlog=BACKLOG,
        connection_limit=CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=5,
        max_request_body_size=MAX_BODY,
        max_request_header_size=MAX_HEADER,
        ident="kb",
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=True,
    )
    assert isinstance(server, BaseWSGIServer)  # There is one socket.
    # Headers and body go out by one call, which takes a third off a short answer. As an argument it is deprecated.
    server.adj.send_bytes = TOGETHER
    return server


def _stop_on_signals() -> None:
    """Ends this process at the first signal; one that is sent to all of a group may come twice."""
    signals = (signal.SIGTERM, signal.SIGINT)

    def stop(number: int, frame: FrameType | None) -> None:
        for one in signals:
            signal.signal(one, signal.SIG_IGN)
        raise SystemExit(0)

    for one in signals:
        signal.signal(one, stop)
