"""What every page loads, packed: our css and our js as one file each, and what the packages bring,
given from memory. A browser with an empty cache would ask some sixty times, for nine megabytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort
from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

OURS = "/assets/all/"
BELOW = (OURS, "/_dash-component-suites/")
"""Open to everybody, the same for everybody."""
FOR_EVER = "public, max-age=31536000, immutable"
MOST = 200
"""Files that are kept: a package's file has any number of addresses."""
ASKS_MORE = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class Bundle:
    """One file of many, in the order of their names, those of a folder before its folders'."""

    name: str
    body: bytes
    kind: str

    @property
    def path(self) -> str:
        return OURS + self.name


def bundle(folder: Path, kind: str, before: Sequence[Path] = ()) -> Bundle:
    """All files of a kind ('css', 'js') in the folder and below it as one; `before` come first.
    Its name changes with its content."""
    own = sorted(folder.rglob(f"*.{kind}"), key=lambda f: (f.parent, f.name))
    body = b"\n".join(file.read_bytes() for file in (*before, *own))
    mimetype = {"css": "text/css", "js": "text/javascript"}[kind]
    return Bundle(f"{sha256(body).hexdigest()[:12]}.{kind}", body, mimetype)


def serve(server: Flask, *bundles: Bundle) -> None:
    """The bundles at their paths; and answers below BELOW packed once for all."""
    by_name = {one.name: one for one in bundles}

    @server.get(f"{OURS}<name>")
    def all_of(name: str) -> Response:
        if name not in by_name:
            abort(404)
        answer = Response(by_name[name].body, mimetype=by_name[name].kind)
        answer.headers["Cache-Control"] = FOR_EVER
        return answer

    server.wsgi_app = Packed(server.wsgi_app)  # type: ignore[method-assign]


class Packed:
    """WSGI: the first good answer of an address is packed and given to all who ask for it."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._known: dict[str, tuple[list[tuple[str, str]], bytes]] = {}

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        plain = (
            not path.startswith(BELOW)
            or environ["REQUEST_METHOD"] != "GET"
            or "gzip" not in environ.get("HTTP_ACCEPT_ENCODING", "")
            or any(name in environ for name in ASKS_MORE)
        )
        if plain:
            return self._application(environ, start_response)
        known = self._known.get(path)
        if known is not None:
            start_response("200 OK", list(known[0]))
            return [known[1]]
        parts, status, headers = run_wsgi_app(self._application, environ, buffered=True)
        body = b"".join(parts)
        if status.startswith("200") and "Set-Cookie" not in headers:
            body = gzip.compress(body, compresslevel=6, mtime=0)
            headers = _packed(headers, len(body))
            if len(self._known) < MOST:
                self._known[path] = (list(headers), body)
        start_response(status, list(headers))
        return [body]


def _packed(headers: Headers, length: int) -> Headers:
    found = Headers(headers)
    found["Content-Encoding"], found["Vary"] = "gzip", "Accept-Encoding"
    found["Content-Length"] = str(length)
    return found
