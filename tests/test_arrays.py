"""Files of arrays: what was written is found again, by slot and by bisection, and only after it has been checked."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import IndexDamagedError
from kb.index.arrays import BLOCK, Arrays, Strings, Writing

TEXTS = st.sets(st.text(max_size=4), max_size=60).map(
    lambda said: sorted(said, key=lambda t: t.encode("utf-8", "replace"))
)


def written(folder: Path, texts: list[str], are_sought: bool) -> Arrays:
    with open(folder / "file", "wb") as file:
        writing = Writing(file)
        writing.strings("said", texts, are_sought)
        writing.close()
    return Arrays(folder / "file")


@settings(deadline=None)
@given(TEXTS, st.lists(st.text(max_size=4)))
def test_texts_are_found_by_slot_as_by_bisection(texts: list[str], others: list[str]) -> None:
    with TemporaryDirectory() as made:
        for are_sought in (True, False):
            strings = Strings(written(Path(made), texts, are_sought), "said")
            assert list(strings) == texts
            assert [strings[n] for n in range(len(texts))] == texts
            assert [strings.find(text) for text in texts] == list(range(len(texts)))
            assert [strings.find(text) for text in others] == [texts.index(t) if t in texts else -1 for t in others]


def test_texts_with_the_same_slot_are_all_found(tmp_path: Path) -> None:
    texts = sorted(f"{n:x}" for n in range(3_000))
    strings = Strings(written(tmp_path, texts, are_sought=True), "said")
    assert [strings.find(text) for text in texts] == list(range(len(texts)))
    assert strings.find("zebra") == -1


def test_a_text_is_checked_when_it_is_read_and_others_are_not(tmp_path: Path) -> None:
    texts = [f"<{n:06}>" for n in range(20_000)]
    path = written(tmp_path, texts, are_sought=False).path
    data = bytearray(path.read_bytes())
    data[data.index(b"<019000>")] ^= 1
    path.write_bytes(data)
    strings = Strings(Arrays(path), "said")
    assert strings[0] == "<000000>"
    with pytest.raises(IndexDamagedError):
        strings[19_000]


def test_a_part_over_several_blocks_is_checked_whole(tmp_path: Path) -> None:
    with open(tmp_path / "file", "wb") as file:
        writing = Writing(file)
        writing.put("numbers", np.arange(BLOCK, dtype=np.int32))
        writing.close()
    data = bytearray((tmp_path / "file").read_bytes())
    data[BLOCK + 8] ^= 1
    (tmp_path / "file").write_bytes(data)
    view = Arrays(tmp_path / "file").view("numbers")
    assert view.take(0, 3).tolist() == list(view.raw(0, 3)) == [0, 1, 2]
    assert view.pair(7) == (7, 8)
    with pytest.raises(IndexDamagedError):
        view.take(3, BLOCK)
    with pytest.raises(IndexDamagedError):
        view.pair(BLOCK // 4 - 1)
