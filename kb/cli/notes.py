"""Commands about the notes and the index of them: ingest, watch, check, parse, status, export."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from kb.cli.running import NOTHING, TEXT_OR_JSON, brief, fail, guarded, opened
from kb.cli.streams import out, out_json, say
from kb.errors import IndexDamagedError, IndexMissingError
from kb.printable import one_line

if TYPE_CHECKING:
    from kb.ingest import Report
    from kb.roots import Root
    from kb.scope import Others


@click.command("ingest")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--rebuild", is_flag=True, help="Read every note anew, whatever the index holds.")
@click.option("--add", "others", flag_value="keep", help="Keep the notes of other PATHS that the index has.")
@click.option("--replace", "others", flag_value="leave", help="Let the notes of other PATHS that the index has go.")
@click.pass_context
@guarded
def ingest_(context: click.Context, paths: tuple[str, ...], rebuild: bool, others: Others | None) -> None:
    """Brings the index up to date with the notes in PATHS.

    Without PATHS, with those of the last time.
    """
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
        say(f"rebuilt from the notes: {report.rebuilt}")
    words = (
        (len(report.added), "added"),
        (len(report.changed), "changed"),
        (len(report.renamed), "renamed"),
        (len(report.removed), "removed"),
        (report.kept, "kept"),
    )
    say(f"notes: {', '.join(f'{n} {what}' for n, what in words)}")
    counts = ", ".join(f"{n} {kind}{'' if n == 1 else 's'}" for kind, n in report.counts.items())
    say(f"generation {report.generation}: {counts}")
    if report.strangers:
        names = ", ".join(report.strangers[:10]) + (", …" if len(report.strangers) > 10 else "")
        say(one_line(f"left alone in the folder of the index, as it is not kb's: {names}"))
    for problem in report.problems[:10]:
        say(one_line(str(problem)))
    n = len(report.problems)
    if n:
        more = " (kb status and /v1/problems count all)" if n > 10 else ""
        say(f"{n} problem{'' if n == 1 else 's'}{more}")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--until-eof", is_flag=True, hidden=True, help="Stop when stdin ends.")
@click.pass_context
@guarded
def watch(context: click.Context, paths: tuple[str, ...], until_eof: bool) -> None:
    """Keeps the index up to date with the notes in PATHS until stopped."""
    import threading

    from kb.rest.stopping import on_signals
    from kb.watch import watch as run

    stopped = threading.Event()
    on_signals(lambda number: stopped.set(), lambda: None)

    def ended() -> None:
        sys.stdin.read()
        stopped.set()

    if until_eof:
        threading.Thread(target=ended, daemon=True).start()
    run(opened(context), paths, say_report, lambda error: say(f"kb: {error}"), stopped.wait)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.pass_context
@guarded
def check(context: click.Context, paths: tuple[str, ...]) -> None:
    """Lists the problems of the notes in PATHS as path:line: message.

    Without PATHS, of those that the index remembers, or else in KB_NOTES (default data).
    """
    from msgspec.structs import replace

    from kb.roots import roots_of
    from kb.service import checked
    from kb.show.places import Here

    roots = roots_of(paths) if paths else remembered(context)
    problems, here = checked(roots), Here(roots)
    for problem in problems:
        hint = f" ({problem.hint})" if problem.hint else ""
        out(one_line(f"{replace(problem, path=here(problem.path))}{hint}"))
    if problems:
        raise click.exceptions.Exit(NOTHING)


def remembered(context: click.Context) -> tuple[Root, ...]:
    """Returns what the index covers, or else what is read by default."""
    from kb.roots import roots_of

    try:
        return opened(context).index.roots()
    except (IndexMissingError, IndexDamagedError):
        return roots_of([context.obj.notes])


@click.command()
@click.argument("file", type=click.Path())
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help=TEXT_OR_JSON)
@guarded
@brief
def parse(file: str, form: str) -> None:
    """Shows what kb reads out of one note, and why; needs no index."""
    from kb.service import parsed
    from kb.show import texts

    read = parsed(file)
    if form == "json":
        out_json(read)
    else:
        out(texts.parsed(read))


@click.command()
@click.argument("file", type=click.Path())
@click.argument("example", nargs=-1)
@click.option("--from", "line", type=click.IntRange(min=1), help="The line of a talk that EXAMPLE tells the fields of.")
@guarded
@brief
def style(file: str, example: tuple[str, ...], line: int | None) -> None:
    """Shows the style of a note, for a kb.yaml.

    It can be pasted as it is. With --from LINE and an EXAMPLE such as 'title=Caches speaker=Jane Doe', the style of which that line is one: the
    fields are title, speaker, company, handle, rating, time, number, tag and date, each as it stands there.
    """
    from kb.service import styled, styled_by
    from kb.show import texts

    if (line is None) != (not example):
        raise click.UsageError("--from LINE and what stands there, 'title=… speaker=…', go together")
    found = styled(file) if line is None else styled_by(file, line, told(" ".join(example)))
    if not found.talks:
        fail("no talk was found; tell kb of one: --from LINE 'title=…'", NOTHING)
    out(texts.styled(found))


def told(example: str) -> dict[str, str]:
    """Returns the values of an example by their fields: `title=Caches speaker=Jane Doe`."""
    from kb.styles import FIELDS

    before, *rest = re.split(rf"(?:^|\s+)({'|'.join(FIELDS[:-1])})=", example.strip())
    if before or not rest:
        raise click.UsageError(f"an example is like 'title=… speaker=…', of {', '.join(FIELDS[:-1])}")
    return {name: value.strip() for name, value in zip(rest[::2], rest[1::2], strict=True) if value.strip()}


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help=TEXT_OR_JSON)
@click.pass_context
@guarded
@brief
def status(context: click.Context, form: str) -> None:
    """Says what the index is built of, and what has changed since."""
    from kb.show import texts

    told = opened(context).reader().status()
    if form == "json":
        out_json(told)
    else:
        out(texts.status(told))


@click.command()
@click.option("--format", "form", type=click.Choice(["jsonl"]), default="jsonl", help="What to write (default jsonl).")
@click.pass_context
@guarded
def export(context: click.Context, form: str) -> None:
    """Writes every record, a line of JSON each, in a fixed order."""
    for record in opened(context).reader().export():
        out_json(record)
