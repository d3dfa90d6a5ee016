"""Makes kb/extract/common_words.txt: `python scripts/common_words.py pyvideo-talks.jsonl.gz`.

A common word is one that descriptions of talks use within sentences in lower case, twenty times or more and at least
as often as capitalised. It tells a title from a name, and a word from a tool that is called like it.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from pathlib import Path

from kb.words import fold

TARGET = Path(__file__).parent.parent / "kb" / "extract" / "common_words.txt"


def main(source: str) -> None:
    lower: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    with gzip.open(source, "rt", encoding="utf-8") as talks:
        for line in talks:
            talk = json.loads(line)
            seen = set(re.findall(r"(?<=[a-z,;] )[^\W\d_]{2,}(?![\w./-])", talk["description"] or ""))
            for word in seen:
                (lower if word.islower() else capital)[fold(word)] += 1
    words = sorted(word for word, n in lower.items() if n >= 12 and n >= capital[word])
    TARGET.write_text("\n".join(words) + "\n", encoding="utf-8")
    print(f"{len(words)} common words in {TARGET}")


if __name__ == "__main__":
    main(sys.argv[1])
