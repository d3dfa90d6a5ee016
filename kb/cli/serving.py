"""The command that serves."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING

import click

from kb import launch
from kb.cli.notes import progress, say_report
from kb.cli.running import USAGE, fail, guarded, opened
from kb.cli.streams import say
from kb.errors import IndexDamagedError, IndexMissingError, KbError

if TYPE_CHECKING:
    from socket import socket

    from kb.config import Config
    from kb.service import KnowledgeBase


@click.command()
@click.option("--host", help="The address to listen on (KB_HOST, default 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (KB_PORT, default 8000).")
@click.option("--allow-host", multiple=True, metavar="NAME", help="A name to answer for besides the loopback ones.")
@click.option("--public-read", is_flag=True, help="Let everybody read the notes who reaches --host (KB_PUBLIC_READ=1).")
@click.option("--watch", "watching", is_flag=True, help="Keep the index up to date with the notes meanwhile.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="How many processes answer (default 1).")
@click.option("--socket", "descriptor", type=int, hidden=True, help="A socket to serve, listened on already.")
@click.pass_context
@guarded
def serve(
    context: click.Context,
    host: str | None,
    port: int | None,
    allow_host: tuple[str, ...],
    public_read: bool,
    watching: bool,
    workers: int,
    descriptor: int | None,
) -> None:
    """Serves the REST API."""
    config = context.obj
    hosts = (*config.allowed_hosts, *allow_host)
    if descriptor is not None:
        from kb.rest import server

        server.serve_as_worker(opened(context), descriptor, hosts)
        return
    host = host or config.host
    listener = listening(host, config.port if port is None else port, public_read or config.public_read)
    from kb.rest.revival import revived, to_ask

    host = to_ask(host, listener)
    is_another = workers == 1 and revived()
    from kb.rest import server

    kb = opened(context)
    build_if_needed(kb, is_another)
    hosts = (*hosts, host)
    with watcher(config) if watching else nullcontext():
        if workers == 1:
            server.serve(kb, listener, hosts, lambda at: say_ready(kb, host, at))
        else:
            named = [f"--allow-host={name}" for name in hosts]
            command = launch.command("--index", str(config.index), "serve", *named)
            server.serve_by_workers(command, workers, listener, lambda at: say_ready(kb, host, at))


def listening(host: str, port: int, is_public: bool) -> socket:
    """Returns a socket at an address; one that other machines reach is refused unless the notes are public."""
    from kb.rest.revival import bound, is_reached_from_elsewhere

    try:
        listener = bound(host, port)
    except OSError as error:
        fail(f"cannot listen on {host}:{port}: {error.strerror or error}; choose another with --port")
    if is_reached_from_elsewhere(listener):
        if not is_public:
            why = f"at {host} other machines reach it, and anybody there could read the notes"
            fail(f"{why}; start it with --public-read if they may, or without --host", USAGE)
        say(f"kb: anybody who reaches {address(host, listener.getsockname()[1])} can read the notes")
    return listener


def build_if_needed(kb: KnowledgeBase, may_fail: bool) -> None:
    """Builds an index that is missing or damaged; where that may fail, the server says what is the matter."""
    try:
        kb.index.snapshot()
    except (IndexMissingError, IndexDamagedError) as error:
        reason = "there is no index yet" if isinstance(error, IndexMissingError) else error.reason
        say(f"building the index from the notes: {reason}")
        try:
            with progress() as told:
                say_report(kb.ingest(progress=told))
        except KbError as failed:
            if not may_fail:
                raise
            say(f"kb: {failed}")


def watcher(config: Config) -> AbstractContextManager[None]:
    """Runs `kb watch` in a process of its own, which ends when this one does, and is started anew when it ends before."""
    from kb.rest.workers import beside

    def ended(status: int) -> None:
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        say(f"kb: what watches the notes has ended {how}; starting it anew")

    return beside(launch.command("--index", str(config.index), "watch", "--until-eof"), ended)


def address(host: str, port: int) -> str:
    """Returns a host and a port as a URL has them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def say_ready(kb: KnowledgeBase, host: str, port: int) -> None:
    """Says on stderr where the server is and what one may ask it."""
    from urllib.parse import quote_plus

    from kb.rest.examples import examples

    questions: list[str] = []
    with suppress(KbError):  # The server says what is the matter when it is asked.
        questions = examples(kb)
    try_ = " Some questions to try:" if questions else ""
    say(f"kb serves on http://{address(host, port)}; stop it with Ctrl-C.{try_}")
    for question in questions:
        say(f"  curl 'http://{address(host, port)}/v1/search?q={quote_plus(question)}'")
