"""A talk's Markdown as HTML that is safe to show: Python-Markdown in a worker with limits, cleaned by nh3.

Python-Markdown has inputs that take it minutes, so it runs in a process of its own with a limit on its time, and what
is too large, too deep or too slow is shown as it was written.
"""

from __future__ import annotations

import html
import multiprocessing
import re
import resource
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as TooSlowError
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from threading import Lock

import nh3

MAX_LENGTH = 100_000  # Characters that are rendered; longer talks are shown as written.
MAX_DEPTH = 30  # Levels of quotes and lists.
SECONDS = 2.0
EXTENSIONS = ["fenced_code", "tables", "sane_lists"]
_ADDRESS_SPACE = 2 * 1024**3
_LEAD = re.compile(r"^[ \t>*+-]*", re.MULTILINE)
# Plain text goes through at once; what may be slow is a run of marks that could open or close something.
_RISKY = re.compile(r"[*_\[<!`]{12,}|(?:<!\[|\[\[|\]\(){8,}")

_pool: ProcessPoolExecutor | None = None
_lock = Lock()


@lru_cache(maxsize=512)
def rendered(text: str) -> str:
    """Returns Markdown as clean HTML; what cannot be rendered within the limits is escaped source."""
    deep = max((len(re.findall(r"[>*+-]", m[0])) + len(m[0]) // 4 for m in _LEAD.finditer(text)), default=0)
    if len(text) > MAX_LENGTH or deep > MAX_DEPTH or _RISKY.search(text):
        return escaped(text)
    made = _in_worker(text)
    return nh3.clean(made) if made is not None else escaped(text)


def escaped(text: str) -> str:
    """Returns text as preformatted HTML."""
    return f"<pre>{html.escape(text)}</pre>"


def _in_worker(text: str) -> str | None:
    """Renders in the worker, or returns None when it took too long or died; a new one serves the next."""
    global _pool
    with _lock:
        if _pool is None:
            context = multiprocessing.get_context("spawn")
            _pool = ProcessPoolExecutor(1, mp_context=context, initializer=_limit)
        pool = _pool
    try:
        return pool.submit(_markdown, text).result(timeout=SECONDS + 5)
    except (TooSlowError, BrokenProcessPool, RuntimeError, RecursionError, MemoryError):
        with _lock:
            if _pool is pool:
                _pool = None
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)
        return None


def _limit() -> None:
    """Limits what the worker may take of memory."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))


def _markdown(text: str) -> str:
    """Renders Markdown, and dies of SIGPROF where it takes more processor time than it may."""
    import signal

    import markdown

    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        return markdown.markdown(text, extensions=EXTENSIONS, output_format="html")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
