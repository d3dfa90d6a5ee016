"""Where things are, from options and environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from kb.errors import BadParameterError


class Config(Struct, frozen=True):
    """Where the index and the notes are, and where the server listens."""

    index: Path = Path("index")
    notes: str = "data"
    host: str = "127.0.0.1"
    port: int = 8000
    allowed_hosts: tuple[str, ...] = ()
    public_read: bool = False


def from_environment(environment: Mapping[str, str] = os.environ) -> Config:
    """Returns what the variables that begin with `KB_` say, else the defaults."""
    default = Config()
    port = environment.get("KB_PORT") or str(default.port)
    if not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise BadParameterError("KB_PORT", f"KB_PORT is no port number: {port!r}")
    public = environment.get("KB_PUBLIC_READ", "").lower()
    if public not in ("", "0", "false", "no", "1", "true", "yes"):
        raise BadParameterError("KB_PUBLIC_READ", f"KB_PUBLIC_READ is 1 or 0, not {public!r}")
    return Config(
        index=Path(environment.get("KB_INDEX") or default.index),
        notes=environment.get("KB_NOTES") or default.notes,
        host=environment.get("KB_HOST") or default.host,
        port=int(port),
        allowed_hosts=tuple(h.strip() for h in environment.get("KB_ALLOWED_HOSTS", "").split(",") if h.strip()),
        public_read=public in ("1", "true", "yes"),
    )
