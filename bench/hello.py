"""The least that Falcon under waitress can do, with the settings that `kb serve` has: a ceiling for `bench.http`."""

from __future__ import annotations

import sys

import falcon
from waitress.server import create_server


class Hello:
    """Says hello, whatever the question."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answers with the same bytes each time."""
        resp.content_type = falcon.MEDIA_JSON
        resp.data = b'{"hello": "world"}'


def main(port: int) -> None:
    """Serves until it is ended."""
    app = falcon.App()
    app.add_route("/v1/search", Hello())
    server = create_server(
        app, host="127.0.0.1", port=port, threads=8, connection_limit=2_000, channel_timeout=30, asyncore_use_poll=True
    )
    server.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
