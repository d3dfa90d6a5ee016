"""The command that serves."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import click

from kb.cli.notes import progress, say_report
from kb.cli.running import fail, guarded, opened
from kb.cli.streams import say
from kb.errors import IndexDamagedError, IndexMissingError, KbError

if TYPE_CHECKING:
    from kb.config import Config
    from kb.service import KnowledgeBase

QUESTIONS = ("five-star talks", "talks mentioning strace", "speakers from Google")


@click.command()
@click.option("--host", help="The address to listen on (KB_HOST, default 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (KB_PORT, default 8000).")
@click.option("--allow-host", multiple=True, metavar="NAME", help="A name to answer for besides the loopback ones.")
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
    from kb.rest.revival import bound, revived

    host, port = host or config.host, config.port if port is None else port
    try:
        listener = bound(host, port)
    except OSError as error:
        fail(f"cannot listen on {host}:{port}: {error.strerror or error}; choose another with --port")
    is_another = workers == 1 and revived()
    from kb.rest import server

    kb = opened(context)
    build_if_needed(kb, is_another)
    with watcher(config) if watching else nullcontext():
        if workers == 1:
            server.serve(kb, listener, hosts, lambda at: say_ready(host, at))
        else:
            named = [f"--allow-host={name}" for name in hosts]
            command = [sys.executable, "-m", "kb", "--index", str(config.index), "serve", *named]
            server.serve_by_workers(command, workers, listener, lambda at: say_ready(host, at))


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

    return beside([sys.executable, "-m", "kb", "--index", str(config.index), "watch", "--until-eof"], ended)


def say_ready(host: str, port: int) -> None:
    """Says on stderr where the server is and what one may ask it."""
    from urllib.parse import quote_plus

    name = f"[{host}]" if ":" in host else host
    say(f"kb serves on http://{name}:{port}; stop it with Ctrl-C. Some questions to try:")
    for question in QUESTIONS:
        say(f"  curl 'http://{name}:{port}/v1/search?q={quote_plus(question)}'")
