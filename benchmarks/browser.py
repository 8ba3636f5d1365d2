"""A client of the cockpit that signs in and keeps its connection, as a browser does."""

from __future__ import annotations

import http.client
import json
import re
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote, urlencode


class Browser:
    """One person's session. Raises RuntimeError for an answer that isn't 200."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self._port, self._tag = port, ""
        self._link = http.client.HTTPConnection("127.0.0.1", port)
        self._cookies: dict[str, str] = {}
        form = self._send("GET", "/login").decode()
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
        sent = {
            "csrf_token": found[1] if found else "",
            "username": username,
            "password": password,
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        self._send("POST", "/login", urlencode(sent).encode(), kind, (302, 303))
        self._send("GET", "/")

    def twin(self) -> Browser:
        """Another connection of the same session."""
        made = Browser.__new__(Browser)
        made._port, made._tag, made._cookies = self._port, "", dict(self._cookies)
        made._link = http.client.HTTPConnection("127.0.0.1", self._port)
        return made

    def conditional(self, path: str, tag: str) -> str:
        """Ask again for what has the ETag `tag`; the one it has now."""
        known = {"Accept-Encoding": "gzip"} | ({"If-None-Match": tag} if tag else {})
        self._send("GET", path, None, known, (200, 304))
        return self._tag

    def get(self, path: str) -> bytes:
        """An answer as it travels: gzip where the server packs."""
        return self._send("GET", path, None, {"Accept-Encoding": "gzip"})

    def callback(self, outputs: tuple[str, ...], inputs: dict[str, Any]) -> bytes:
        """Fire a callback of Dash; `outputs` and `inputs` are `id.property`."""

        def part(name: str) -> dict[str, Any]:
            element, _, prop = name.rpartition(".")
            return {"id": element, "property": prop}

        body = {
            "output": f"..{'...'.join(outputs)}..",
            "outputs": [part(name) for name in outputs],
            "inputs": [{**part(name), "value": value} for name, value in inputs.items()],
            "state": [],
            "changedPropIds": list(inputs),
        }
        token = unquote(self._cookies.get("_csrf_token", ""))
        kind = {"Content-Type": "application/json", "X-CSRFToken": token}
        return self._send("POST", "/_dash-update-component", json.dumps(body).encode(), kind)

    def close(self) -> None:
        self._link.close()

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        good: tuple[int, ...] = (200,),
    ) -> bytes:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = {**(headers or {}), "Cookie": cookies}
        try:
            self._link.request(method, path, body, sent)
            answer = self._link.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            self._link.close()  # it was idle too long for the server: a browser opens another
            self._link.request(method, path, body, sent)
            answer = self._link.getresponse()
        content = answer.read()
        self._tag = answer.headers.get("ETag", "")
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.coded_value
        if answer.status not in good:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content
