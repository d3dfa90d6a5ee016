"""What stands before every request: the Host check, and the headers that every response has.

A web page can make a browser ask a server on this machine under the page's own name (DNS rebinding). The browser
then sends that name as Host, so a name that is neither a loopback one nor allowed is refused with 421.
"""

from __future__ import annotations

import ipaddress
import re
import time
from functools import lru_cache

import falcon

from kb.rest.errors import NOSNIFF, respond

_HOST = re.compile(r"^(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:/@\s]+))(?::\d{1,5})?$")


class Guard:
    """Refuses foreign Hosts and bodies, and times and labels each response."""

    def __init__(self, allowed: tuple[str, ...] = ()) -> None:
        self.allowed = frozenset(_plain(name) for name in allowed)
        self.is_allowed = lru_cache(maxsize=256)(self._is_allowed)

    def process_request(self, request: falcon.Request, response: falcon.Response) -> None:
        """Checks the Host before anything else is done."""
        request.context.began = time.perf_counter()
        host = request.get_header("Host")
        if not self.is_allowed(host or ""):
            named = f"the host {host!r}" if host else "a request without Host"
            detail = f"this server does not answer for {named}; start it with --allow-host NAME to allow one"
            respond(response, "421 Misdirected Request", "misdirected_request", detail)
            response.complete = True

    def _is_allowed(self, host: str) -> bool:
        """Tells whether a Host header names this machine's loopback, or a name that was allowed."""
        match = _HOST.match(host.strip())
        if match is None:
            return False
        name = _plain(match["v6"] or match["name"])
        if name in self.allowed or name == "localhost":
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False

    def process_response(
        self, request: falcon.Request, response: falcon.Response, resource: object, succeeded: bool
    ) -> None:
        """Adds the headers that every response has."""
        response.set_header(*NOSNIFF)
        began = getattr(request.context, "began", None)
        if began is not None:
            response.set_header(*timed(began))


def timed(began: float) -> tuple[str, str]:
    """Returns the header that says how long an answer took."""
    return "Server-Timing", f"total;dur={(time.perf_counter() - began) * 1000:.2f}"


def _plain(name: str) -> str:
    return name.strip().rstrip(".").lower().strip("[]")
