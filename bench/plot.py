"""Lines over sizes as a small SVG, both axes by tens, legible on light and dark pages."""

from __future__ import annotations

import math
from html import escape

WIDTH, HEIGHT = 360, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 74, 28, 30
COLOURS = {"kb": "#d1242f", "FTS5": "#0969da", "tantivy": "#1a7f37", "Whoosh": "#9a6700"}
GREY = "#808080"

Points = list[tuple[float, float]]


def growth(title: str, lines: dict[str, Points], unit: str) -> str:
    """Returns the SVG of lines through points, each named where it ends."""
    across = _decades([x for points in lines.values() for x, _ in points])
    up = _decades([y for points in lines.values() for _, y in points])

    def at(x: float, y: float) -> tuple[float, float]:
        width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        along = (math.log10(x) - across[0]) / (across[-1] - across[0])
        above = (math.log10(y) - up[0]) / (up[-1] - up[0])
        return LEFT + along * width, HEIGHT - BOTTOM - above * height

    parts = [f'<text x="{LEFT}" y="16" font-weight="bold" fill="{GREY}">{escape(title)}, {escape(unit)}</text>']
    for power in up:
        x, y = at(10 ** across[0], 10**power)
        parts.append(f'<path d="M{x:.0f} {y:.1f}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-opacity=".3"/>')
        parts.append(f'<text x="{x - 6:.0f}" y="{y + 4:.1f}" text-anchor="end" fill="{GREY}">{_tick(power)}</text>')
    for power in across:
        x, y = at(10**power, 10 ** up[0])
        parts.append(f'<text x="{x:.1f}" y="{y + 18:.0f}" text-anchor="middle" fill="{GREY}">{_tick(power)}</text>')
    ends = _apart({name: at(*points[-1])[1] for name, points in lines.items()})
    for name, points in lines.items():
        placed = [at(*point) for point in points]
        colour = COLOURS.get(name, GREY)
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        parts.append(
            f'<text x="{placed[-1][0] + 8:.1f}" y="{ends[name] + 4:.1f}" fill="{colour}">{escape(name)}</text>'
        )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">'
    return "\n".join([head, *parts, "</svg>"]) + "\n"


def _decades(values: list[float]) -> list[int]:
    """Returns the powers of ten from below the least to above the greatest value, two at least."""
    low, high = math.floor(math.log10(min(values)) + 0.02), math.ceil(math.log10(max(values)) - 0.02)
    return list(range(low, max(high, low + 1) + 1))


def _tick(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:.{-power}f}"


def _apart(places: dict[str, float], least: float = 12.0) -> dict[str, float]:
    """Moves names down that would stand on each other."""
    moved: dict[str, float] = {}
    for name in sorted(places, key=lambda one: places[one]):
        moved[name] = max([places[name], *(other + least for other in moved.values())])
    return moved
