"""A talk's Markdown as HTML that is safe to show: made by Python-Markdown and cleaned by nh3, in processes with limits.

Python-Markdown has inputs that take it minutes, so it runs in processes of its own, and what is too large, too deep or
too slow is shown as it was written. Every text is first tried for a moment in one process. One that takes longer goes to
a second process and waits there for others like it, so that it holds up no text that is quick.
"""

from __future__ import annotations

import html
import re
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from threading import BoundedSemaphore, Lock

from kb import processes
from kb.errors import HtmlNotMadeError

MAX_LENGTH = 100_000  # Characters that are rendered; longer talks are shown as written.
MAX_DEPTH = 30  # Levels of quotes and lists.
# Seconds of processor time. A text of the largest length takes about a tenth.
MOMENT = 0.1
MOST_SECONDS = 1.0
STUCK = 0.25  # Seconds more until a process is ended that nothing else stops.
MOST_SLOW = 6  # Slow texts at a time, so that some threads are left to answer all else.
MOST_KEPT = 512
EXTENSIONS = ["fenced_code", "tables", "sane_lists"]
_ADDRESS_SPACE = 2 * 1024**3
_LEAD = re.compile(r"^[ \t>*+-]*", re.MULTILINE)
# Plain text goes through at once; what may be slow is a run of marks that could open or close something.
_RISKY = re.compile(r"[*_\[<!`]{12,}|(?:<!\[|\[\[|\]\(){8,}")


class _Lane:
    """A process that renders one text at a time: its limits, and its end, meet no other text."""

    def __init__(self, seconds: float, tries: int) -> None:
        self._seconds, self._tries = seconds, tries
        self._lock = Lock()
        self._pool: ProcessPoolExecutor | None = None

    def html(self, text: str) -> str | None:
        """Returns a text as clean HTML, or None where it takes more than it may."""
        with self._lock:
            for _ in range(self._tries):
                try:
                    self._pool = self._pool or processes.pool(1, _prepare)
                    return self._pool.submit(_html, text, self._seconds).result()
                except BrokenProcessPool:
                    self._pool = None
                except OSError as error:
                    self._pool = None
                    raise HtmlNotMadeError(error.strerror or str(error)) from None
            return None


class _Renderer:
    """Renders texts, each once at a time, and keeps what came of them."""

    def __init__(self) -> None:
        # Whatever ends a process in the midst of a text, that text is tried again before it is given up.
        self._quick, self._slow = _Lane(MOMENT, 1), _Lane(MOST_SECONDS, 2)
        self._slots = BoundedSemaphore(MOST_SLOW)
        self._lock = Lock()
        self._made: dict[str, Future[str]] = {}

    def html(self, text: str) -> str:
        """Returns a text as clean HTML or escaped source; who asks for one that is being rendered waits for that."""
        with self._lock:
            known = self._made.get(text)
            if known is None:
                if len(self._made) >= MOST_KEPT:
                    self._made = {}
                made = self._made[text] = Future()
        if known is not None:
            return known.result()
        try:
            made.set_result(self._html(text))
        except BaseException as error:  # It is for those who wait as well, and is not kept.
            with self._lock:
                self._made.pop(text, None)
            made.set_exception(error)
        return made.result()

    def _html(self, text: str) -> str:
        found = self._quick.html(text)
        if found is None:
            if not self._slots.acquire(blocking=False):
                raise HtmlNotMadeError("other talks that take long are being rendered")
            try:
                found = self._slow.html(text)
            finally:
                self._slots.release()
        return found if found is not None else escaped(text)


_renderer = _Renderer()


def rendered(text: str) -> str:
    """Returns Markdown as clean HTML; what cannot be rendered within the limits is escaped source.

    Raises HtmlNotMadeError where that is not the text's own fault.
    """
    if len(text) > MAX_LENGTH or _depth(text) > MAX_DEPTH or _RISKY.search(text):
        return escaped(text)
    return _renderer.html(text)


def _depth(text: str) -> int:
    return max((len(re.findall(r"[>*+-]", m[0])) + len(m[0]) // 4 for m in _LEAD.finditer(text)), default=0)


def escaped(text: str) -> str:
    """Returns text as preformatted HTML."""
    return f"<pre>{html.escape(text)}</pre>"


# What runs in the processes.


class _TooSlowError(BaseException):
    """A text has taken its time; no handler of Exception is to catch it."""


def _prepare() -> None:
    """Limits the memory of this process, and imports what it needs before a text's time runs."""
    import resource
    import signal
    from types import FrameType

    def stop(number: int, frame: FrameType | None) -> None:
        raise _TooSlowError

    signal.signal(signal.SIGPROF, stop)
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    _made("")


def _html(text: str, seconds: float) -> str | None:
    """Returns Markdown as clean HTML, or None where it takes more processor time, depth or memory than it may."""
    import signal

    try:
        # The second timer ends the process where no Python code runs that could be told by the first.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds + STUCK)
        try:
            return _made(text)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except (_TooSlowError, Exception):
        return None


def _made(text: str) -> str:
    import markdown
    import nh3

    return nh3.clean(markdown.markdown(text, extensions=EXTENSIONS, output_format="html"))
