"""The page of benchmarks, made of numbers that are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bench import plot, report


def times(kb: float, tantivy: float, fts5: float) -> dict[str, Any]:
    said = {"kb": kb, "tantivy": tantivy, "FTS5": fts5}
    return {name: {"first": p50, "p50": p50, "p95": 2 * p50, "questions": 60} for name, p50 in said.items()}


def speed(talks: int, rows: dict[str, Any]) -> dict[str, Any]:
    measured = {"talks": talks, "agreement": [], "rows": rows}
    return {"measured": measured, "date": "2026-01-31", "machine": "a machine", "versions": {"kb": "1"}}


def page(folder: Path, monkeypatch: pytest.MonkeyPatch, runs: dict[str, Any]) -> str:
    monkeypatch.setattr(report, "read", lambda bench: runs if bench == "speed" else {})
    report.main(folder)
    return (folder / "benchmarks.md").read_text(encoding="utf-8")


def test_a_row_misses_where_a_peer_is_quicker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"slow": times(0.3, 0.2, 0.6), "quick": times(0.1, 0.2, 0.3)}
    written = page(tmp_path, monkeypatch, {"1000": speed(973, rows)})
    misses = written.partition("## Rows that miss")[2]
    assert "- **slow**: tantivy at 973 talks (1.50 at p50, 1.50 at p95). " in misses
    assert "quick" not in misses
    assert "FTS5 at" not in misses
    assert "| quick | 0.100 / 0.200 (0.100) | " in written


def test_no_row_misses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = page(tmp_path, monkeypatch, {"1000": speed(973, {"quick": times(0.1, 0.2, 0.3)})})
    assert "None: kb is at or below" in written


def test_sizes_are_plotted_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"three terms, OR": times(0.1, 0.2, 0.3)}
    written = page(tmp_path, monkeypatch, {"10000": speed(9_771, rows), "1000": speed(973, rows)})
    assert written.index("### 973 talks") < written.index("### 9,771 talks")
    assert "(growth-three-terms-or.svg)" in written
    ElementTree.parse(tmp_path / "growth-three-terms-or.svg")


@pytest.mark.parametrize("value", [0.001, 1.0, 7.0, 99_999.0])
def test_a_plot_keeps_its_points_within(value: float) -> None:
    drawn = ElementTree.fromstring(plot.growth("a < b", {"kb": [(1_000, value), (100_000, value)]}, "ms"))
    points = [(float(c.get("cx", "")), float(c.get("cy", ""))) for c in drawn.iter() if c.tag.endswith("circle")]
    assert len(points) == 2
    assert all(0 < x < plot.WIDTH and 0 < y < plot.HEIGHT for x, y in points)
