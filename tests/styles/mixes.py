"""Choosing styles: each habit alone, every two, and mixes in which every two occur."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from random import Random
from typing import Any

from tests.styles.habits import AXES, Habit, Style
from tests.styles.rules import allowed, tied

Chosen = dict[str, Habit]
Named = tuple[str, str]  # An axis and the name of one of its habits.


def completed(chosen: Mapping[str, Habit], order: Mapping[str, Sequence[Habit]] = AXES) -> Style | None:
    """Returns the style that has the chosen habits and, for the other axes, the first of the order that may go with them."""
    habits: Chosen = {}
    for axis, habit in chosen.items():
        habits[axis] = habit
        if not allowed(habits, axis):
            return None
    found = _complete(habits, [axis for axis in AXES if axis not in chosen], order, [2000])
    return Style(**_typed(found)) if found else None


def _typed(habits: Chosen) -> dict[str, Any]:
    return dict(habits)


def _complete(habits: Chosen, left: list[str], order: Mapping[str, Sequence[Habit]], tries: list[int]) -> Chosen | None:
    """Returns the habits completed, the axis that rules tie most to those chosen first; None where it takes too many tries."""
    if not left:
        return dict(habits)
    axis = max(left, key=lambda name: tied(habits, name))
    rest = [other for other in left if other != axis]
    for habit in order[axis]:
        tries[0] -= 1
        if tries[0] < 0:
            return None
        habits[axis] = habit
        if allowed(habits, axis):
            found = _complete(habits, rest, order, tries)
            if found:
                return found
        del habits[axis]
    return None


def habits(style: Style) -> tuple[Named, ...]:
    """Returns the habits of a style by axis and name."""
    return tuple((axis, getattr(style, axis).name) for axis in AXES)


def alone() -> Iterator[tuple[Named, Style]]:
    """Yields every habit in the plainest style that has it."""
    for axis, all_habits in AXES.items():
        for habit in all_habits:
            style = completed({axis: habit})
            if style:
                yield (axis, habit.name), style


def pairs(axes: Iterable[tuple[str, ...]] = ()) -> Iterator[tuple[Named, Named, Style]]:
    """Yields every two habits of two axes (of any two) that may go together, in the plainest style that has both."""
    for one, other in axes or combinations(AXES, 2):
        for first in AXES[one]:
            for second in AXES[other]:
                style = completed({one: first, other: second})
                if style:
                    yield (one, first.name), (other, second.name), style


def sampled(count: int, seed: int = 0) -> Iterator[tuple[Named, Named, Style]]:
    """Yields some of the pairs, the same ones for the same seed."""
    random = Random(seed)
    axes = tuple(AXES)
    while count:
        one, other = sorted(random.sample(axes, 2), key=axes.index)
        first, second = random.choice(AXES[one]), random.choice(AXES[other])
        style = completed({one: first, other: second})
        if style:
            count -= 1
            yield (one, first.name), (other, second.name), style


def mixed(count: int, seed: int = 0) -> Iterator[Style]:
    """Yields styles that differ in everything, those habits first that have been seen together with the fewest others."""
    random = Random(seed)
    seen: dict[Named, int] = {(axis, habit.name): 0 for axis, all_habits in AXES.items() for habit in all_habits}
    for _ in range(count):
        style = None
        while style is None:  # Some first habits leave too little to find a way through; another one does.
            order = {axis: _rarest(axis, random, seen) for axis in AXES}
            first = random.choice(list(AXES))
            style = completed({first: order[first][0]}, order)
        for named in habits(style):
            seen[named] += 1
        yield style


def habit(axis: str, name: str) -> Habit:
    """Returns the habit of a name."""
    return next(habit for habit in AXES[axis] if habit.name == name)


def _rarest(axis: str, random: Random, seen: Mapping[Named, int]) -> list[Habit]:
    """Returns the habits of an axis, those first that have been seen least; chance parts ties."""
    return sorted(random.sample(AXES[axis], len(AXES[axis])), key=lambda habit: seen[axis, habit.name])
