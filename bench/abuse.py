"""Questions that nobody should ask, at 10,000 talks, with ordinary ones beside them: `make abuse`.

Every one must be answered, or refused by the server, in under a second, and the ordinary questions that another
client asks all the while must stay fast. Exits with 1 where one of them is not.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

from bench.corpus import fill, talks
from kb.config import Config
from kb.index import open_index
from kb.rest.app import create_app
from kb.service import KnowledgeBase

TALKS = 10_000
LONGEST = 1.0  # Seconds that a question may take.
ORDINARY = (
    "python data",
    "machine learning",
    "talks by Raymond Hettinger",
    "django rest framework -flask",
    "best talks",
)
ABUSE = {
    "100,000 characters": "a" * 100_000,
    "100,000 characters in words": "python " * 14_000,
    "5,000 parentheses": "(" * 5_000 + "python" + ")" * 5_000,
    "5,000 minus signs": "-" * 5_000 + "python",
    "10,000 ORs": " OR ".join(["python"] * 10_000),
    "300 different words": " ".join(f"word{n}" for n in range(300)),
    "300 misspelt words": " ".join(f"pythno{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(300)),
    "50 fuzzy words": " ".join(f"pyth{chr(97 + n % 26)}n~2" for n in range(50)),
    "50 prefixes": " OR ".join(f"{chr(97 + n % 26)}*" for n in range(50)),
    "all": "*",
    "a star within": "*e*",
    "nine edits": "x~9",
    "a range in brackets": "[a TO z]",
    "a fuzzy phrase": '"a b c"~5',
    "quotes without end": '"' * 999,
    "field of nothing": "rating:" * 300,
    "deep fields": "title:(" * 200 + "a",
    "zero-width": "py\u200bthon \u200d\u2060 da\ufeffta",
    "right to left": "\u202epython\u202c שלום مرحبا",
    "lone surrogates": "python \ud800 \udfff",
    "combining marks": "e" + "\u0301" * 2_000,
    "control characters": "python\x00\x07\x1b[31m",
    "one letter": "e",
    "very common words": "the of and to in a is for on with",
    "sort by everything": "python sort:-rating,date,title,event,year,path,speaker",
    "regular expression": "(a+)+$",
}  # fmt: skip


def main() -> int:
    """Prints the table; returns the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        index = open_index(Path(folder) / "index")
        fill(index, list(talks(TALKS)))
        base = KnowledgeBase(Config(index=Path(folder) / "index"), index)
        return _run(base)


def _run(base: KnowledgeBase) -> int:
    from waitress.server import BaseWSGIServer, create_server

    server = create_server(create_app(base), host="127.0.0.1", port=0, threads=4)
    assert isinstance(server, BaseWSGIServer)
    assert server.socket is not None
    threading.Thread(target=server.run, daemon=True).start()
    root = f"http://127.0.0.1:{server.socket.getsockname()[1]}/v1/search?limit=10&facet=year&q="
    base.index.snapshot().warm()  # As a server does when it starts.
    for question in ORDINARY:
        _asked(root, question)
    alone = sorted(_asked(root, ORDINARY[n % len(ORDINARY)])[0] for n in range(100))
    beside: list[float] = []
    stop = threading.Event()

    def ordinary() -> None:
        while not stop.is_set():
            beside.append(_asked(root, ORDINARY[len(beside) % len(ORDINARY)])[0])

    other = threading.Thread(target=ordinary)
    other.start()
    bad = 0
    print(f"{TALKS:,} talks\n{'question':<30}{'status':>8}{'seconds':>10}")
    for name, question in ABUSE.items():
        seconds, status = _asked(root, question)
        fine = seconds < LONGEST and (status == 200 or 400 <= status < 500)
        bad += not fine
        print(f"{name:<30}{status:>8}{seconds:>10.3f}{'' if fine else '  <- not in time or not answered'}")
    stop.set()
    other.join()
    print("\nordinary questions, milliseconds: p50, p99, longest")
    for label, times in (("alone", alone), ("beside these", sorted(beside))):
        p99 = times[int(0.99 * (len(times) - 1))]
        print(f"  {label:<14}{statistics.median(times) * 1e3:8.1f}{p99 * 1e3:8.1f}{times[-1] * 1e3:8.1f}")
    server.close()
    return 1 if bad else 0


def _asked(root: str, question: str) -> tuple[float, int]:
    """Returns the seconds that a question takes, and the status of its answer."""
    url = root + quote(question, errors="surrogatepass")
    began = time.perf_counter()
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            answer.read()
            status = answer.status
    except urllib.error.HTTPError as error:
        error.read()
        status = error.code
    except OSError:
        status = 0
    return time.perf_counter() - began, status


if __name__ == "__main__":
    sys.exit(main())
