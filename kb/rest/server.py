"""The server: waitress with enough threads and connections that slow clients starve nobody."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType

from waitress.server import create_server

from kb.errors import KbError
from kb.rest.app import create_app
from kb.service import KnowledgeBase

THREADS = 8
CONNECTIONS = 2_000
# A client that sends nothing for so long loses its connection; a body is never read, so it may be small.
IDLE_SECONDS = 30
MAX_BODY = 64 * 1024
MAX_HEADER = 32 * 1024


def serve(
    kb: KnowledgeBase, host: str, port: int, allowed_hosts: tuple[str, ...], ready: Callable[[int], None]
) -> None:
    """Serves until a signal; `ready` is told the port that is listened on. Raises OSError when it is taken."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    listener = _listen(host, port)
    server = create_server(
        create_app(kb, allowed_hosts),
        sockets=[listener],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=5,
        max_request_body_size=MAX_BODY,
        max_request_header_size=MAX_HEADER,
        ident="kb",
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=True,
    )

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    with contextlib.suppress(KbError):  # Without an index, questions are answered with what is the matter.
        kb.index.snapshot().warm()
    ready(listener.getsockname()[1])
    server.run()


def _listen(host: str, port: int) -> socket.socket:
    """Returns a listening socket, so that a port that is taken is known before anything is said."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener
