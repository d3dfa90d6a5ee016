"""A server that is started anew where the system ends it: by SIGBUS, when a file of the index that it reads is cut.

Files that are mapped into memory are read like memory, so the system has no other way to say that a part of one is gone.
The process that was started listens and waits; a child of it, forked before anything else is imported, serves.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import NoReturn

from kb.rest.stopping import SIGNALS, on_signals

PAUSE = 1.0  # Seconds that a server must have lived to be started anew at once.


def bound(host: str, port: int) -> socket.socket:
    """Returns a socket at an address, so that a port that is taken is known before anything is said."""
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


def is_reached_from_elsewhere(listener: socket.socket) -> bool:
    """Tells whether other machines may reach a bound socket."""
    address = _address(listener)
    return not (getattr(address, "ipv4_mapped", None) or address).is_loopback


def to_ask(host: str, listener: socket.socket) -> str:
    """Returns what to ask a bound socket by: the host it was bound for, or loopback where that is every address."""
    address = _address(listener)
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"


def _address(listener: socket.socket) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0])


def revived() -> bool:
    """Goes on in a child of this process, and in another one when SIGBUS ends it; returns whether it is another one.

    This process waits for them, and ends as the last of them does. It is to have one thread.
    """
    is_another = False
    while True:
        ours, theirs = os.pipe()
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.close(theirs)
            end_at_eof(ours)
            return is_another
        os.close(ours)
        status = _waited(child)
        os.close(theirs)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGBUS:
            _end_as(status)
        with suppress(OSError):  # Nobody may read it any more.
            print(
                "kb: a file of the index was cut while it was read, which ended the server; starting it anew",
                file=sys.stderr,
                flush=True,
            )
        time.sleep(max(0.0, PAUSE - (time.monotonic() - began)))
        is_another = True


def _waited(child: int) -> int:
    """Waits for a child, which is handed the signals that would end this process; returns how it ended."""

    def send(number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    before = {number: signal.getsignal(number) for number in SIGNALS}
    on_signals(send, lambda: send(signal.SIGKILL))
    try:
        return os.waitpid(child, 0)[1]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_as(status: int) -> NoReturn:
    """Ends this process as a child has ended: by the same signal, or with the same status."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number not in SIGNALS:
            with suppress(OSError):  # Nobody may read it any more.
                print(
                    f"kb: the server was ended by signal {number} ({signal.strsignal(number)})",
                    file=sys.stderr,
                    flush=True,
                )
        if number != signal.SIGKILL:  # Which has no handler.
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) % 256)


def end_at_eof(descriptor: int) -> None:
    """Ends this process, as by a signal, when a pipe does: when its other end goes with the process that has it."""
    import threading

    def wait() -> None:
        while os.read(descriptor, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()
