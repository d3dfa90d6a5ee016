"""The server: waitress with enough threads and connections that slow clients starve nobody."""

from __future__ import annotations

import contextlib
import gc
import logging
import resource
import socket
import sys
from collections.abc import Callable, Sequence
from wsgiref.types import WSGIApplication

from kb.errors import KbError
from kb.rest.app import create_app
from kb.rest.connections import Server
from kb.rest.revival import end_at_eof
from kb.rest.stopping import on_signals
from kb.rest.workers import Workers, spread
from kb.service import KnowledgeBase

THREADS = 8
CONNECTIONS = 2_000
OTHER_FILES = 128  # Files that are open besides connections.
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
    run(kb, listener, allowed_hosts, lambda: ready(listener.getsockname()[1]))


def serve_by_workers(command: Sequence[str], count: int, listener: socket.socket, ready: Callable[[int], None]) -> None:
    """Serves until a signal by processes that run a command, each of which is told its socket."""
    listeners = spread(listener, count)
    for one in listeners:
        one.listen(BACKLOG)
    workers = Workers(command, listeners)
    on_signals(workers.stop, workers.kill)
    ready(listeners[0].getsockname()[1])
    workers.run()


def serve_as_worker(kb: KnowledgeBase, descriptor: int, allowed_hosts: tuple[str, ...]) -> None:
    """Serves a socket that another process listens on, until that one ends."""
    end_at_eof(sys.stdin.fileno())  # It ends when the process that started this one does.
    run(kb, socket.socket(fileno=descriptor), allowed_hosts, lambda: None)


def run(kb: KnowledgeBase, listener: socket.socket, allowed_hosts: tuple[str, ...], ready: Callable[[], None]) -> None:
    """Answers requests until a signal; the process that started this one counts them."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = served(create_app(kb, allowed_hosts), listener)
    on_signals(server.stop)
    with contextlib.suppress(KbError):  # Without an index, questions are answered with what is the matter.
        kb.index.snapshot().warm()
    gc.freeze()  # What is there now stays: looking through it for garbage would hold answers up.
    ready()
    server.run()


def served(app: WSGIApplication, listener: socket.socket) -> Server:
    """Returns waitress with an application; `bench.hello` is measured under the same."""
    server = Server(
        app,
        map={},
        _sock=listener,
        sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
        bind_socket=False,
        threads=THREADS,
        backlog=BACKLOG,
        connection_limit=2**31,  # `Server` has a limit of its own.
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=5,
        max_request_body_size=MAX_BODY,
        max_request_header_size=MAX_HEADER,
        ident="kb",
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=True,
    )
    server.most = _connections()
    # Headers and body go out by one call, which takes a third off a short answer. As an argument it is deprecated.
    server.adj.send_bytes = TOGETHER
    return server


def _connections() -> int:
    """Returns how many connections there is room for, having asked the system for as many open files."""
    wanted = CONNECTIONS + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(min(CONNECTIONS, soft - OTHER_FILES), THREADS)
