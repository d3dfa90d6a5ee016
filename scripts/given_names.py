"""Makes kb/extract/given_names.txt: `python scripts/given_names.py pyvideo-talks.jsonl.gz`.

A given name is what two or more different speakers' names begin with, unless it is rather a word: one that
talks' descriptions use in lower case more often than not. Names are facts; nothing else of the talks is kept.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from kb.words import fold

TARGET = Path(__file__).parent.parent / "kb" / "extract" / "given_names.txt"


def main(source: str) -> None:
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
    names = sorted(
        name for name, who in people.items() if len(who) >= 2 and lower[name] <= 2 * len(who) + capital[name]
    )
    TARGET.write_text("\n".join(names) + "\n", encoding="utf-8")
    print(f"{len(names)} given names in {TARGET}")


if __name__ == "__main__":
    main(sys.argv[1])
