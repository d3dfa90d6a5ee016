"""Writes docs/benchmarks.md of what the benches have kept: `make benchmarks`, or `python -m bench.report`.

Reasons for the rows that miss are kept here, by row, so that a page that is written anew keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench import plot
from bench.results import ROOT, read

DOCS = ROOT / "docs"
ENGINES = ("kb", "FTS5", "tantivy", "Whoosh")
PEERS = ("tantivy", "FTS5")
COUNTING = "kb counts all talks that match with every answer, its peers only in the row that asks for it."
# Why a row misses, by the row's name: edited by hand when the numbers are looked at.
REASONS: dict[str, str] = {
    "one rating, by date": "Finding the ten takes kb 3 µs; making ten hits of them in Python takes some 12, as long as SQLite's "
    "walk along its index takes with all it does.",
    "three terms, OR": "Each word's rows are scored in NumPy, which costs a few microseconds a call however few rows there are.",
    "three terms, AND": "Each word's rows are met with the others' in NumPy, where tantivy skips within compressed blocks.",
    "snippets of ten hits": "kb looks through the whole text of each hit for up to three lines, and marks each match with its line "
    "and column, in Python: 15 to 20 µs a hit; its peers cut one fragment.",
    "question in English, whole": "kb reads the English, explains it, and writes a page of ten whole hits with snippets as "
    "JSON; its peers are handed the structured query and read id and title.",
    "ingest": "kb walks, reads and understands the Markdown, and keeps whole generations with checksums; its peers are "
    "handed the records in memory.",
    "serving": "A fresh question is read, explained, searched, cut into snippets and written as JSON in Python, several times what "
    "hello-world's whole request takes; Datasette answers with ids and titles.",
}
# What serving is to come to: parts of hello-world's rate, times of its p99, ms of one question beyond an interpreter's.
SHARES, LONGER, SOON = {"repeated": 0.9, "fresh": 0.5}, 2.0, 250
EDITS = {
    "edit_of_a_note": "an edited note, named, until it is found",
    "edit_found_by_whole_ingest": "an edited note, all notes looked at, until it is found",
    "nothing_to_do": "`kb ingest` with nothing to do, a note a talk",
    "nothing_to_do_in_process": "the same within a process",
}

Lines = Iterator[str]


def main(folder: Path = DOCS) -> None:
    """Writes the page and its plots."""
    kept = {bench: _by_size(read(bench)) for bench in ("speed", "ingest", "http", "largest")}
    lines = [*_opening(kept), *_speed(kept["speed"], folder), *_ingest(kept["ingest"], folder)]
    lines += [*_http(kept["http"]), *_largest(kept["largest"]), *_misses(kept)]
    (folder / "benchmarks.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    print(f"{folder / 'benchmarks.md'} is written")


def _by_size(kept: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {int(size): kept[size] for size in sorted(kept, key=int)}


def _opening(kept: dict[str, dict[int, dict[str, Any]]]) -> Lines:
    yield "# Benchmarks"
    yield ""
    yield "How fast kb is beside its peers, measured in one run each; `make benchmarks` measures and writes this page."
    yield ""
    runs: dict[tuple[str, str, str], list[str]] = {}
    for bench, by_size in kept.items():
        for size, run in by_size.items():
            versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
            runs.setdefault((run["date"], run["machine"], versions), []).append(f"{bench} at {size:,}")
    for (date, machine, versions), benches in runs.items():
        yield f"- {'; '.join(benches)}: {date}, {machine}. {versions}."
    yield ""
    yield "The talks are real ones, written as Markdown, ten to a note, and read by kb; its peers index the very records"
    yield "that kb read. Of times a ratio below 1 is in kb's favour, of rates one above 1."
    yield ""


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Lines:
    """Yields a Markdown table, and an empty line."""
    heads = list(headings)
    yield "| " + " | ".join(heads) + " |"
    yield "|---|" + "---:|" * (len(heads) - 1)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def _speed(by_size: dict[int, dict[str, Any]], folder: Path) -> Lines:
    if not by_size:
        return
    yield "## Questions"
    yield ""
    yield "Milliseconds from the question to id and title of the first ten hits, p50 / p95 of five rounds that take turns, and"
    yield "in parentheses p50 of the first time that a question is asked. An engine that takes more than five seconds for a"
    yield "round is asked fewer questions. " + COUNTING
    yield ""
    for size, run in by_size.items():
        measured = run["measured"]
        yield f"### {measured['talks']:,} talks"
        yield ""
        names = [name for name in ENGINES if any(name in times for times in measured["rows"].values())]
        heads = ["", *names, *(f"kb / {peer}" for peer in PEERS)]
        yield from table(heads, (_speed_row(row, times, names) for row, times in measured["rows"].items()))
        yield from _agreement(size, measured["agreement"])
    if len(by_size) > 1:
        yield from _growth(by_size, folder)


def _speed_row(name: str, times: dict[str, Any], names: list[str]) -> Iterator[str]:
    yield name
    for engine in names:
        one = times.get(engine)
        yield f"{_ms(one['p50'])} / {_ms(one['p95'])} ({_ms(one['first'])})" if one else "–"
    for peer in PEERS:
        yield _ratios(times, peer)


def _ratios(times: dict[str, Any], peer: str) -> str:
    if peer not in times:
        return "–"
    p50, p95 = (times["kb"][part] / times[peer][part] for part in ("p50", "p95"))
    return f"{p50:.2f} / {p95:.2f}"


def _ms(milliseconds: float) -> str:
    return (
        f"{milliseconds:.3f}"
        if milliseconds < 1
        else f"{milliseconds:.3g}"
        if milliseconds < 100
        else f"{milliseconds:,.0f}"
    )


def _agreement(size: int, notes: list[str]) -> Lines:
    """Yields how far the engines find the same talks."""
    far = [note for note in notes if "differ" in note and "Whoosh" not in note]
    yield (
        "As many talks are found by all, within 5 % or two talks a question, but for:"
        if far
        else "All find as many talks."
    )
    yield ""
    if far:
        yield from (f"- {note}" for note in far)
        yield ""


def _growth(by_size: dict[int, dict[str, Any]], folder: Path) -> Lines:
    yield "### Growth"
    yield ""
    yield "p50 over the number of talks, both axes by tens."
    yield ""
    newest = max(by_size)
    for row in by_size[newest]["measured"]["rows"]:
        lines: dict[str, list[tuple[float, float]]] = {}
        for run in by_size.values():
            for engine, times in run["measured"]["rows"].get(row, {}).items():
                lines.setdefault(engine, []).append((run["measured"]["talks"], times["p50"]))
        file = f"growth-{'-'.join(row.replace(',', '').lower().split())}.svg"
        (folder / file).write_text(plot.growth(row, lines, "ms"), encoding="utf-8")
        yield f"![{row}: p50 over talks]({file})"
    yield ""


def _ingest(by_size: dict[int, dict[str, Any]], folder: Path) -> Lines:
    if not by_size:
        return
    yield "## Ingest"
    yield ""
    yield "`kb ingest` goes from Markdown files to a committed, fsynced generation in a process of its own; its peers are handed"
    yield "the records that it reads out of them, in memory, so theirs is the time of indexing alone."
    yield ""
    names = [n for n in ENGINES if any(n in run["measured"]["talks_a_second"] for run in by_size.values())]
    heads = [
        "talks",
        *(f"{name}, talks/s" for name in names),
        *(f"kb / {p}" for p in names[1:]),
        "kb, s",
        "CPU, s",
        "MiB",
    ]
    yield from table(heads, (_ingest_row(run["measured"], names) for run in by_size.values()))
    yield "Milliseconds, best / median / p95."
    yield ""
    rows = (
        [says, *(" / ".join(_ms(run["measured"][name][part]) for part in ("best", "p50", "p95")) for run in by_size.values())]
        for name, says in EDITS.items()
    )  # fmt: skip
    heads = ["", *(f"{run['measured']['talks']:,} talks" for run in by_size.values())]
    yield from table(heads, [*rows, *_peer_edits(by_size)])
    if len(by_size) > 1:
        lines = {
            name: [(r["measured"]["talks"], r["measured"]["talks_a_second"][name]) for r in by_size.values() if name in r["measured"]["talks_a_second"]]
            for name in names
        }  # fmt: skip
        (folder / "growth-ingest.svg").write_text(plot.growth("ingest", lines, "talks/s"), encoding="utf-8")
        yield "![talks a second over talks](growth-ingest.svg)"
        yield ""


def _peer_edits(by_size: dict[int, dict[str, Any]]) -> Iterator[list[str]]:
    """Yields a row a peer: how soon it finds an edit, and how that of a named note in kb compares."""
    for peer in ("FTS5", "tantivy"):
        cells = [f"the talks of the note replaced in {peer}, until found; kb to it"]
        for run in by_size.values():
            measured = run["measured"]
            spread = measured["peer_edits"][peer]
            ratio = measured["edit_of_a_note"]["p50"] / spread["p50"]
            cells.append(" / ".join(_ms(spread[part]) for part in ("best", "p50", "p95")) + f"; {ratio:.1f}")
        yield cells


def _ingest_row(measured: dict[str, Any], names: list[str]) -> Iterator[str]:
    rates, cost = measured["talks_a_second"], measured["whole"]
    yield f"{measured['talks']:,}"
    yield from (f"{rates[name]:,.0f}" if name in rates else "–" for name in names)
    yield from (f"{rates['kb'] / rates[name]:.3f}" if name in rates else "–" for name in names[1:])
    yield from (f"{cost['wall']:.2f}", f"{cost['cpu']:.2f}", f"{cost['memory']:.0f}")


def _http(by_size: dict[int, dict[str, Any]]) -> Lines:
    if not by_size:
        return
    yield "## Serving"
    yield ""
    yield "wrk over eight kept-alive connections: one question again and again, and questions that are new each time. hello-world"
    yield "is Falcon under waitress with kb's settings; Datasette answers id and title of the first ten by its SQL over FTS5, kb a"
    yield "whole page with snippets. Latency is p50 / p99 in ms, memory in MiB: resident, of it anonymous."
    yield ""
    for run in by_size.values():
        measured = run["measured"]
        yield f"### {measured['talks']:,} talks"
        yield ""
        heads = ("", "repeated/s", "latency", "fresh/s", "latency", "fresh to hello-world", "to Datasette", "memory")
        yield from table(heads, _servers(measured["servers"]))
        shot = measured["one_shot"]
        yield f"`kb search` takes {shot['search_p50']:.0f} ms (p95 {shot['search_p95']:.0f}) from start to end, an interpreter that"
        yield f"does nothing {shot['python_p50']:.0f} (p95 {shot['python_p95']:.0f}): {shot['search_p50'] / shot['python_p50']:.1f} times."
        yield ""


def _servers(servers: dict[str, Any]) -> Iterator[list[str]]:
    for name, served in servers.items():
        cells = [name]
        for load in (served["repeated"], served["fresh"]):
            cells += [f"{load['rate']:,.0f}", f"{_ms(load['p50'])} / {_ms(load['p99'])}"]
        for peer in ("hello-world", "Datasette"):
            other = servers.get(peer)
            cells.append(f"{served['fresh']['rate'] / other['fresh']['rate']:.3f}" if other and peer != name else "–")
        memory = served["memory"]
        yield [*cells, f"{memory['resident']:.0f}, {memory['anonymous']:.0f}"]


def _largest(by_size: dict[int, dict[str, Any]]) -> Lines:
    if not by_size:
        return
    yield "## The largest corpus"
    yield ""
    yield "kb alone, in one run: what a talk costs where there are many. Milliseconds of questions are p50 / p95, and in parentheses"
    yield "p50 of the first time that a question is asked; memory is what all processes of an ingest take together at most, and"
    yield "what a process holds that has answered all the questions: resident, of it anonymous."
    yield ""
    found = [run["measured"] for run in by_size.values()]
    rows = [
        ["ingest, talks/s", *(f"{m['talks'] / m['whole']['wall']:,.0f}" for m in found)],
        ["ingest, ms of CPU a talk", *(f"{m['whole']['cpu'] / m['talks'] * 1e3:.2f}" for m in found)],
        ["ingest, MiB", *(f"{m['whole']['memory']:,.0f}" for m in found)],
        ["index, bytes a talk", *(f"{m['bytes'] / m['talks']:,.0f}" for m in found)],
        ["open; warm, s", *(f"{m['open']:.3f}; {m['warm']:.3f}" for m in found)],
        ["`kb search`, s", *(f"{m['one_shot']:.3f}" for m in found)],
        ["answering, MiB", *(f"{m['memory']['resident']:,.0f}, {m['memory']['anonymous']:,.0f}" for m in found)],
    ]
    for name in found[-1]["rows"]:
        times = (m["rows"].get(name) for m in found)
        rows.append([name, *(f"{_ms(t['p50'])} / {_ms(t['p95'])} ({_ms(t['first'])})" if t else "–" for t in times)])
    yield from table(["", *(f"{m['talks']:,} talks" for m in found)], rows)


def _misses(kept: dict[str, dict[int, dict[str, Any]]]) -> Lines:
    """Yields the rows where kb is behind a peer, with the reason where one is known."""
    yield "## Rows that miss"
    yield ""
    missed: dict[str, list[str]] = {}
    for run in kept["speed"].values():
        for row, times in run["measured"]["rows"].items():
            missed.setdefault(row, []).extend(_above(times, f"{run['measured']['talks']:,} talks"))
    for run in kept["ingest"].values():
        missed.setdefault("ingest", []).extend(_slower(run["measured"]))
    for run in kept["http"].values():
        missed.setdefault("serving", []).extend(_below(run["measured"]))
    if not any(missed.values()):
        yield "None: kb is at or below tantivy and FTS5 in every row, at p50 and p95, and serves and ingests no less."
        return
    yield "Where kb takes longer than tantivy or FTS5, at p50 or p95, or serves or ingests less, and why."
    yield ""
    for row, where in missed.items():
        if where:
            yield f"- **{row}**: {'; '.join(where)}. {REASONS.get(row, 'The reason is not known yet.')}"


def _above(times: dict[str, Any], at: str) -> Lines:
    """Yields each peer that is quicker than kb in a row."""
    for peer in PEERS:
        ratios = {part: times["kb"][part] / times[peer][part] for part in ("p50", "p95") if peer in times}
        above = [f"{ratio:.2f} at {part}" for part, ratio in ratios.items() if ratio > 1]
        if above:
            yield f"{peer} at {at} ({', '.join(above)})"


def _slower(measured: dict[str, Any]) -> Lines:
    """Yields each peer that indexes more talks a second than kb, or finds an edit sooner."""
    rates, edits = measured["talks_a_second"], measured["peer_edits"]
    for peer in PEERS:
        ratio = rates["kb"] / rates[peer]
        if ratio < 1:
            yield f"{peer} at {measured['talks']:,} talks ({ratio:.3f} of its rate)"
        ratio = measured["edit_of_a_note"]["p50"] / edits[peer]["p50"]
        if ratio > 1:
            yield f"an edit in {peer} at {measured['talks']:,} talks ({ratio:.1f} at p50)"


def _below(measured: dict[str, Any]) -> Lines:
    """Yields each load of which kb serves a smaller part of hello-world's than it should, or less than Datasette, and a
    single question that takes too long.
    """
    servers, shot = measured["servers"], measured["one_shot"]
    hello, kb, at = servers["hello-world"], servers["kb"], f"at {measured['talks']:,} talks"
    for part, least in SHARES.items():
        share = kb[part]["rate"] / hello[part]["rate"]
        if share < least:
            yield f"{share:.0%} of hello-world's rate {at}, {part} questions, where {least:.0%} is asked for"
        longer = kb[part]["p99"] / hello[part]["p99"]
        if longer > LONGER:
            yield f"{longer:.1f} times hello-world's p99 {at}, {part} questions, where {LONGER:g} is asked for"
    if shot["search_p50"] - shot["python_p50"] > SOON:
        yield f"`kb search` takes {shot['search_p50'] - shot['python_p50']:.0f} ms more than an interpreter {at}"
    for part in SHARES:
        if "Datasette" in servers and servers["kb"][part]["rate"] < servers["Datasette"][part]["rate"]:
            ratio = servers["kb"][part]["rate"] / servers["Datasette"][part]["rate"]
            yield f"Datasette at {measured['talks']:,} talks ({ratio:.2f} of its rate, {part} questions)"


if __name__ == "__main__":
    main()
