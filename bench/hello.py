"""The least that Falcon under waitress can do, with the settings that `kb serve` has: a ceiling for `bench.http`."""

from __future__ import annotations

import sys

import falcon

from kb.rest.revival import bound
from kb.rest.server import served


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
    served(app, bound("127.0.0.1", port)).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
