"""Commands that ask: search, show, explain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import click

from kb.cli.running import NOTHING, TEXT_OR_JSON, brief, guarded, opened
from kb.cli.streams import out, out_bytes, out_json, say
from kb.errors import BadParameterError
from kb.printable import one_line

if TYPE_CHECKING:
    from kb.answers import Answer
    from kb.index import Snapshot

KINDS = click.Choice(["talk", "speaker", "rating", "mention", "tool", "note"])
FORMATS = click.Choice(["table", "json", "jsonl", "csv", "paths", "vimgrep"])
MARKED = ("table", "json", "jsonl")  # Formats whose passages have marks.
LIMIT = "20"
EXAMPLES = """\b
Examples:
  kb search five-star talks
  kb search 'rating:4.. -speaker:gregg' --sort -date
  kb search who talked about service workers --all --format csv
"""


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


@click.command(cls=Question, epilog=EXAMPLES)
@click.argument("query", nargs=-1, required=True)
@click.option("--kind", type=KINDS, help="The kind of record to answer with.")
@click.option("--sort", metavar="FIELDS", help="Fields to sort by, such as -rating,date.")
@click.option("--limit", metavar="N", help="How many hits to show, 100 at most (default 20).")
@click.option("--cursor", metavar="NEXT", help="Where the page before ended: its `next`.")
@click.option("--all", "every", is_flag=True, help="Show every hit; not as a table.")
@click.option("--facet", multiple=True, metavar="NAME", help="A field whose values to count.")
@click.option("--explain", is_flag=True, help="Say what each hit scores for.")
@click.option("--format", "form", type=FORMATS, default="table", help="What to write (default table).")
@click.pass_context
@guarded
@brief
def search(
    context: click.Context,
    query: tuple[str, ...],
    kind: str | None,
    sort: str | None,
    limit: str | None,
    cursor: str | None,
    every: bool,
    facet: tuple[str, ...],
    explain: bool,
    form: str,
) -> None:
    """Answers a question, in plain English or the query language."""
    if every and (form == "table" or limit or cursor):
        with_ = "--limit" if limit else "--cursor" if cursor else "--format table"
        raise BadParameterError("all", f"--all does not go with {with_}")
    from kb.service import Request

    request = Request(joined(query), kind, sort, limit or LIMIT, cursor, facet, form in MARKED, explain)
    reader = opened(context).reader().at(request)
    pages = reader.every(request) if every else iter((reader.search(request),))
    first = next(pages)
    is_placed = write(form, first, pages, reader.snapshot)
    if form != "json":
        say_of(first)
    if first.next and form != "table":
        say(f"kb: {len(first.hits)} of {first.total} shown; --all shows all")
    if first.hits and not is_placed:
        say("kb: what was found stands in no note; another --format shows it")
    if not first.hits or not is_placed:
        raise click.exceptions.Exit(NOTHING)


def write(form: str, first: Answer, rest: Iterator[Answer], snapshot: Snapshot) -> bool:
    """Writes an answer that comes in one piece or more; returns whether there was anything to write."""
    if form == "table":
        from kb.show.tables import table

        for line in table(first):
            out(*line)
        return True
    from kb.show import lines

    hits = chain(first.hits, (hit for piece in rest for hit in piece.hits))
    if form == "json":
        out_bytes(lines.json_parts(first, hits))
    elif form == "jsonl":
        for hit in hits:
            out_json(hit)
    else:
        written = False
        for text in lines.lines_of(form, first.kind, hits, snapshot):
            out(text)
            written = True
        return written
    return True


def say_of(answer: Answer) -> None:
    """Says on stderr what was not understood, or was read as something else."""
    for warning in answer.query.warnings:
        say(f"kb: {one_line(warning)}")
    if answer.query.suggestion:
        say(f"kb: did you mean: {one_line(answer.query.suggestion)}")


@click.command("show")
@click.argument("id")
@click.option("--kind", type=KINDS, help="The kind of record that the ID is of; talks come first.")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", help=TEXT_OR_JSON)
@click.pass_context
@guarded
@brief
def show_(context: click.Context, id: str, kind: str | None, form: str) -> None:
    """Shows one record by its ID, or what stands at PATH:LINE."""
    from kb.show import texts

    whole = opened(context).reader().whole(joined([id]), kind, html=form == "json")
    if form == "json":
        out_json(whole)
    else:
        out(texts.record(whole, form))


@click.command(cls=Question)
@click.argument("query", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help=TEXT_OR_JSON)
@click.pass_context
@guarded
@brief
def explain(context: click.Context, query: tuple[str, ...], form: str) -> None:
    """Says how a question is understood, and what of it was not."""
    from kb.show import texts

    reader, text = opened(context).reader(), joined(query)
    if form == "json":
        out_json(reader.explain(text))
    else:
        out(texts.explained(reader.question(text)))
