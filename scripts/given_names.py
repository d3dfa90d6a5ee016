"""Makes kb/extract/given_names.txt: `python scripts/given_names.py pyvideo-talks.jsonl.gz /usr/share/dict/words`.

A given name is what two or more different speakers' names begin with, unless it is rather a word: one that
talks' descriptions use in lower case more often than not. Names are facts; nothing else of the talks is kept.
To them come the first names that Faker (MIT; `pip install faker`) has for its locales, but for those that are
ordinary words (Debian's wamerican) or software as well, and those of scripts/given_names_known.txt. `!` marks those that alone mean something else.
"""

from __future__ import annotations

import gzip
import importlib
import json
import pkgutil
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from kb.extract import gazetteer
from kb.extract.vocabulary import is_common
from kb.words import fold

KNOWN = Path(__file__).parent / "given_names_known.txt"
TARGET = Path(__file__).parent.parent / "kb" / "extract" / "given_names.txt"


def of_locales() -> set[str]:
    """Returns the folded first names of Faker's locales."""
    providers = importlib.import_module("faker.providers.person")
    names: set[str] = set()
    for found in pkgutil.iter_modules(providers.__path__):
        provider = importlib.import_module(f"{providers.__name__}.{found.name}").Provider
        for listed in (getattr(provider, key) for key in dir(provider) if key.startswith("first_")):
            if isinstance(listed, (dict, tuple, list, set)):
                names |= {fold(n) for entry in listed for n in ([entry] if isinstance(entry, str) else entry)}
    return {n for n in names if re.fullmatch(r"[^\W\d_]{3,}", n) and n.upper() != n}


def main(source: str, dictionary: str) -> None:
    ordinary = {w for w in Path(dictionary).read_text(encoding="utf-8").split("\n") if w.islower()}
    people: defaultdict[str, set[str]] = defaultdict(set)
    lower: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    with gzip.open(source, "rt", encoding="utf-8") as talks:
        for line in talks:
            talk = json.loads(line)
            for name in talk["speakers"] or []:
                parts = name.split()
                if 2 <= len(parts) <= 4 and re.fullmatch(r"[^\W\d_][^\W\d_'’-]+(?:-[^\W\d_]+)?", parts[0]):
                    people[fold(parts[0])].add(fold(name))
            for word in re.findall(r"(?<=[a-z,;] )[^\W\d_]+", talk["description"] or ""):
                (lower if word.islower() else capital)[fold(word)] += 1
    spoken = {name for name, who in people.items() if len(who) >= 2 and lower[name] <= 2 * len(who) + capital[name]}
    by_hand: defaultdict[str, set[str]] = defaultdict(set)
    for line in KNOWN.read_text(encoding="utf-8").splitlines():
        kind, _, names = line.rpartition(": ") if line[0] != "#" else ("", "", "")
        by_hand[kind] |= {fold(name) for name in names.split()}
    known = {n for n in of_locales() if not (is_common(n) or n in ordinary or gazetteer.canonical(n))}
    found = (spoken | by_hand[""] | by_hand["alone"] | {n for n in known if lower[n] <= capital[n]}) - by_hand["not"]
    listed = sorted(f"{name}!" if name in by_hand["alone"] else name for name in found)
    TARGET.write_text("\n".join(listed) + "\n", encoding="utf-8")
    print(f"{len(listed)} given names in {TARGET}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
