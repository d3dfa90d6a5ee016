"""The command line: data to stdout, everything else to stderr; 0 done, 1 nothing found, 2 wrong use, 3 could not.

Each command imports what it needs when it runs, so that none waits for another's libraries.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from kb import __version__
from kb.errors import BadParameterError, IndexDamagedError, IndexMissingError, KbError, UnknownRecordError

if TYPE_CHECKING:
    from kb.config import Config
    from kb.ingest import Report
    from kb.scope import Others
    from kb.service import KnowledgeBase

DONE, NOTHING, USAGE, FAILED = 0, 1, 2, 3
KINDS = click.Choice(["talk", "speaker", "rating", "mention", "tool", "note"])
QUESTIONS = ("five-star talks", "talks mentioning strace", "speakers from Google")
F = TypeVar("F", bound=Callable[..., Any])


class _ClosedPipeError(Exception):
    """Nobody reads stdout any more; click would take a BrokenPipeError for a failure."""


def main() -> None:
    """Runs the command line; a closed pipe or an interrupt ends it quietly."""
    # NumPy would start threads for linear algebra, of which there is none here, and wait for them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    status: object = DONE
    try:
        # Without standalone mode click hands the status of `Exit` back, and a command's own result, None.
        status = cli.main(standalone_mode=False, prog_name="kb")
    except click.exceptions.Exit as ended:
        status = ended.exit_code
    except click.ClickException as error:
        error.show()
        status = USAGE
    except (click.Abort, KeyboardInterrupt):
        status = 130
    except _ClosedPipeError:
        # Whoever read this has had enough; what Python still holds for it must not be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    _end(status if isinstance(status, int) else DONE)


def _end(status: int) -> NoReturn:
    """Ends the process. Taken apart object by object it would take a fifth as long again as a question."""
    if "multiprocessing" in sys.modules:  # Which has more to tidy up than the system does by itself.
        sys.exit(status)
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def fail(message: object, status: int = FAILED) -> NoReturn:
    """Says why on stderr, in one line, and ends."""
    click.echo(f"kb: {message}", err=True)
    raise click.exceptions.Exit(status)


def guarded(command: F) -> F:
    """Turns what kb raises on purpose into a line and an exit status."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except UnknownRecordError as error:
            fail(error, NOTHING)
        except BadParameterError as error:
            fail(error, USAGE)
        except KbError as error:
            fail(error)
        except OSError as error:
            fail(f"{error.filename or 'the system'}: {error.strerror or error}")
        except MemoryError:
            fail("there is not enough memory; the index is as it was")

    return run  # type: ignore[return-value]


def brief(command: F) -> F:
    """Runs a command without looking for garbage, of which a process that soon ends makes little."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        gc.disable()
        return command(*args, **kwargs)

    return run  # type: ignore[return-value]


def out(text: str) -> None:
    """Writes a line to stdout; what its encoding cannot hold is replaced."""
    stream = sys.stdout
    encoding = stream.encoding or "utf-8"
    written(lambda: stream.write(text.encode(encoding, "replace").decode(encoding) + "\n"))


def written(write: Callable[[], object]) -> None:
    """Writes to stdout and through to its reader."""
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        raise _ClosedPipeError from None


def out_json(value: object) -> None:
    """Writes a wire record as a line of JSON."""
    from kb import answers

    sys.stdout.flush()
    written(lambda: sys.stdout.buffer.write(answers.encode(value) + b"\n"))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kb")
@click.option("--index", type=click.Path(path_type=Path), help="Where the index is (KB_INDEX, default index).")
@click.pass_context
def cli(context: click.Context, index: Path | None) -> None:
    r"""Reads your conference notes and answers questions about them.

    \b
    kb ingest ~/notes
    kb search five-star talks
    kb search "talks mentioning strace" --format json
    """
    import msgspec

    from kb.config import from_environment

    try:
        config = from_environment()
    except KbError as error:
        fail(error, USAGE)
    context.obj = msgspec.structs.replace(config, index=index) if index else config


def opened(context: click.Context) -> KnowledgeBase:
    """Returns the KnowledgeBase that the options name."""
    from kb.service import KnowledgeBase

    return KnowledgeBase(context.obj)


@cli.command("ingest")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--rebuild", is_flag=True, help="Read every note anew, whatever the index holds.")
@click.option("--add", "others", flag_value="keep", help="Keep the notes of other PATHS that the index has.")
@click.option("--replace", "others", flag_value="leave", help="Let the notes of other PATHS that the index has go.")
@click.pass_context
@guarded
def ingest_(context: click.Context, paths: tuple[str, ...], rebuild: bool, others: Others | None) -> None:
    """Brings the index up to date with the notes in PATHS, or in those of the last time."""
    with progress() as told:
        report = opened(context).ingest(paths, rebuild, told, others=others or "stop")
    say_report(report)


@contextmanager
def progress() -> Iterator[Callable[[int, int], None] | None]:
    """Shows a bar while notes are read, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading notes", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def say_report(report: Report) -> None:
    """Says on stderr what an ingest did."""
    if report.rebuilt and report.rebuilt != "there was no index":
        click.echo(f"rebuilt from the notes: {report.rebuilt}", err=True)
    words = (
        (len(report.added), "added"),
        (len(report.changed), "changed"),
        (len(report.renamed), "renamed"),
        (len(report.removed), "removed"),
        (report.kept, "kept"),
    )
    click.echo(f"notes: {', '.join(f'{n} {what}' for n, what in words)}", err=True)
    counts = ", ".join(f"{n} {kind}{'' if n == 1 else 's'}" for kind, n in report.counts.items())
    click.echo(f"generation {report.generation}: {counts}", err=True)
    if report.strangers:
        names = ", ".join(report.strangers[:10]) + (", …" if len(report.strangers) > 10 else "")
        click.echo(clean(f"left alone in the folder of the index, as it is not kb's: {names}"), err=True)
    for problem in report.problems[:10]:
        click.echo(clean(str(problem)), err=True)
    n = len(report.problems)
    if n:
        more = " (kb status and /v1/problems count all)" if n > 10 else ""
        click.echo(f"{n} problem{'' if n == 1 else 's'}{more}", err=True)


def clean(text: str) -> str:
    """Returns text without the control characters that a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else " " if c == "\t" else "\ufffd" for c in text)


@cli.command()
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
        click.echo(f"building the index from the notes: {reason}", err=True)
        try:
            with progress() as told:
                say_report(kb.ingest(progress=told))
        except KbError as failed:
            if not may_fail:
                raise
            click.echo(f"kb: {failed}", err=True)


def watcher(config: Config) -> AbstractContextManager[None]:
    """Runs `kb watch` in a process of its own, which ends when this one does, and is started anew when it ends before."""
    from kb.rest.workers import beside

    def ended(status: int) -> None:
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        click.echo(f"kb: what watches the notes has ended {how}; starting it anew", err=True)

    return beside([sys.executable, "-m", "kb", "--index", str(config.index), "watch", "--until-eof"], ended)


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--until-eof", is_flag=True, hidden=True, help="Stop when stdin ends.")
@click.pass_context
@guarded
def watch(context: click.Context, paths: tuple[str, ...], until_eof: bool) -> None:
    """Keeps the index up to date with the notes in PATHS until stopped."""
    import signal
    import threading

    from kb.watch import watch as run

    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, frame: stopped.set())

    def ended() -> None:
        sys.stdin.read()
        stopped.set()

    if until_eof:
        threading.Thread(target=ended, daemon=True).start()
    run(opened(context), paths, say_report, lambda error: click.echo(f"kb: {error}", err=True), stopped.wait)


def say_ready(host: str, port: int) -> None:
    """Says on stderr where the server is and what one may ask it."""
    from urllib.parse import quote_plus

    name = f"[{host}]" if ":" in host else host
    click.echo(f"kb serves on http://{name}:{port}; stop it with Ctrl-C. Some questions to try:", err=True)
    for question in QUESTIONS:
        click.echo(f"  curl 'http://{name}:{port}/v1/search?q={quote_plus(question)}'", err=True)
    sys.stderr.flush()


class Question(click.Command):
    """A command whose unknown short options are words of the question: `kb search linux -gregg`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Hands words that begin with one dash, and are no option, to the question."""
        options = [p for p in self.get_params(context) if isinstance(p, click.Option)]
        shorts = {opt for p in options for opt in p.opts if len(opt) == 2 and opt[0] == "-"}
        takers = {opt for p in options if not p.is_flag for opt in p.opts}
        shielded = [
            f"\x00{arg}" if arg[:1] == "-" and arg[:2] != "--" and arg not in shorts and before not in takers else arg
            for before, arg in zip(["", *args], args, strict=False)
        ]
        return super().parse_args(context, shielded)


def joined(words: Sequence[str]) -> str:
    """Returns the words of a question as one text; bytes that are no UTF-8 become the replacement character."""
    text = " ".join(word.removeprefix("\x00") for word in words)
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@cli.command(cls=Question, context_settings={"ignore_unknown_options": False})
@click.argument("query", nargs=-1, required=True)
@click.option("--kind", type=KINDS, help="The kind of record to answer with.")
@click.option("--sort", help="Fields to sort by, such as -rating,date.")
@click.option("--limit", default="20", help="How many hits to show, 100 at most.")
@click.option("--cursor", help="Where the page before ended: its `next`.")
@click.option("--facet", multiple=True, metavar="NAME", help="A field whose values to count.")
@click.option("--explain", is_flag=True, help="Say what each hit scores for.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "jsonl", "csv", "paths", "vimgrep"]), default="table"
)
@click.pass_context
@guarded
@brief
def search(
    context: click.Context,
    query: tuple[str, ...],
    kind: str | None,
    sort: str | None,
    limit: str,
    cursor: str | None,
    facet: tuple[str, ...],
    explain: bool,
    form: str,
) -> None:
    r"""Answers a question, in plain English or the query language.

    \b
    kb search five-star talks
    kb search 'rating:4.. -speaker:gregg' --sort -date
    kb search who talked about service workers
    """
    from kb import show

    kb = opened(context)
    marked = form in ("json", "jsonl", "table")
    answer = kb.search(joined(query), kind, sort, limit, cursor, facet, highlight=marked, explain=explain)
    show.answer(answer, form, kb, out, out_json)
    if form == "table":
        for warning in answer.query.warnings:
            click.echo(f"kb: {clean(warning)}", err=True)
        if answer.query.suggestion:
            click.echo(f"kb: did you mean: {clean(answer.query.suggestion)}", err=True)
    if not answer.hits:
        raise click.exceptions.Exit(NOTHING)


@cli.command("show")
@click.argument("id")
@click.option("--kind", type=KINDS, help="The kind of record that the id is of; talks come first.")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text")
@click.pass_context
@guarded
@brief
def show_(context: click.Context, id: str, kind: str | None, form: str) -> None:
    """Shows one record by its ID, or what stands at PATH:LINE."""
    from kb import show

    kb = opened(context)
    found = kb.show(joined([id]), kind)
    if form == "json":
        out_json(kb.shown(found, html=True))
    else:
        out(show.record(kb.shown(found), form))


@cli.command()
@click.argument("file", type=click.Path())
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@guarded
@brief
def parse(file: str, form: str) -> None:
    """Shows what kb reads out of one note, and why; needs no index."""
    from kb import show
    from kb.service import parsed

    read = parsed(file)
    if form == "json":
        out_json(read)
    else:
        out(show.parsed(read))


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.pass_context
@guarded
def check(context: click.Context, paths: tuple[str, ...]) -> None:
    """Lists the problems of the notes in PATHS as path:line: message."""
    from kb.service import checked

    problems = checked(paths or (context.obj.notes,))
    for problem in problems:
        out(clean(str(problem) + (f" ({problem.hint})" if problem.hint else "")))
    if problems:
        raise click.exceptions.Exit(NOTHING)


@cli.command(cls=Question)
@click.argument("query", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
@guarded
@brief
def explain(context: click.Context, query: tuple[str, ...], form: str) -> None:
    """Says how a question is understood: canonical, in words, and what was not."""
    from kb import show

    kb = opened(context)
    text = joined(query)
    if form == "json":
        out_json(kb.explain(text))
    else:
        out(show.explained(kb.question(text)))


@cli.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
@guarded
@brief
def status(context: click.Context, form: str) -> None:
    """Says what the index is built of, and what has changed since."""
    from kb import show

    told = opened(context).status()
    if form == "json":
        out_json(told)
    else:
        out(show.status(told))


@cli.command()
@click.option("--format", "form", type=click.Choice(["jsonl"]), default="jsonl")
@click.pass_context
@guarded
def export(context: click.Context, form: str) -> None:
    """Writes every record, a line of JSON each, in a fixed order."""
    for record in opened(context).export():
        out_json(record)
