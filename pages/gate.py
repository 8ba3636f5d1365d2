"""The gate: nobody without a login, no callback of a page that the role may not open.

Everything is refused that is not named here; the pages' own queries hold the data scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, request
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect, generate_csrf

from components.ids import SHELL, page_of
from components.page import Page, View
from pages.walls import CALLBACK, may_ask

OPEN = ("/login", "/preference", "/healthz", "/_favicon.ico")
OPEN_BELOW = ("/assets/", "/_dash-component-suites/", "/wall/")
"""Style sheets, scripts and the door for the token of a wall; no station data may ever stand
there."""
PROGRAMS = "/api/v1/"
"""Where a program's token opens what its person may see; it opens nothing else."""
CSRF_COOKIE = "_csrf_token"


def guard(
    server: Flask,
    pages: Sequence[Page],
    view_of: Callable[[Any], View],
    callbacks: Callable[[], Mapping[str, Any]],
    person_of: Callable[[str], Any | None] = lambda _: None,
) -> None:
    """Put the gate before every request. The order is the point: who are you, may you, and only
    then whether the request is yours (CSRF): a lost session is told as such, not as a bad token.

    `view_of` makes the view of flask-login's user; `callbacks` gives Dash's map of callbacks;
    `person_of` tells whose key a bearer token is (None: nobody's).
    """

    @server.before_request
    def admit() -> Response | None:
        if request.path in OPEN or request.path.startswith(OPEN_BELOW):
            return None
        secret = _bearer()
        if secret is not None:
            return _admit_program(secret, view_of, person_of)
        if not current_user.is_authenticated:
            return _turn_away()
        g.view = view_of(current_user)
        if g.view.pages is not None and not may_ask(request, callbacks()):
            return _refuse(403, "a wall screen shows the cockpit and asks nothing else")
        if request.path == CALLBACK:
            return _callback_gate(g.view, pages, callbacks())
        g.status = _page_status(g.view, pages)
        return None

    CSRFProtect(server)
    server.after_request(_finish)


def _bearer() -> str | None:
    """The token of a request, None when it has none."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else None


def _admit_program(
    secret: str, view_of: Callable[[Any], View], person_of: Callable[[str], Any | None]
) -> Response | None:
    """A token reads below PROGRAMS and nowhere else; a session beside it doesn't count."""
    if not request.path.startswith(PROGRAMS) or request.method not in ("GET", "HEAD"):
        return _refuse(403, f"a token may only read, and only below {PROGRAMS}")
    person = person_of(secret)
    if person is None:
        return _refuse(401, "this token is unknown, has expired or was revoked")
    g.view = view_of(person)
    return None


def callback_pages(output: str, registered: Mapping[str, Any]) -> set[str]:
    """Names of the pages that a callback belongs to, by every id it reads or writes."""
    elements = [part.rpartition(".")[0] for part in _outputs(output)]
    if registered.get("no_output"):
        elements = []
    elements += [str(item["id"]) for item in registered.get("inputs", ())]
    return {page_of(element) for element in elements}


def _outputs(output: str) -> Iterator[str]:
    if output.startswith("..") and output.endswith(".."):
        yield from output[2:-2].split("...")
    else:
        yield output


def _callback_gate(
    view: View, pages: Sequence[Page], callbacks: Mapping[str, Any]
) -> Response | None:
    """Refuse a callback that no page owns, or whose page the viewer's role may not open."""
    body = request.get_json(silent=True)
    output = body.get("output") if isinstance(body, dict) else None
    if not isinstance(output, str) or output not in callbacks:
        return _refuse(404, "no such callback")
    allowed = {page.name for page in pages if view.may_open(page)} | {SHELL}
    named = callback_pages(output, callbacks[output])
    if named and named <= allowed:
        return None
    return _refuse(403, "forbidden")


def _turn_away() -> Response:
    """To the login for a person's browser, 401 for a script."""
    if request.path.startswith(("/_dash", "/api/")) or request.method != "GET":
        return _refuse(401, "sign in")
    target = request.full_path.rstrip("?")
    return make_response(
        redirect(f"/login?next={quote(target, safe='/')}" if target != "/" else "/login")
    )


def _refuse(status: int, why: str) -> Response:
    return make_response(jsonify({"error": why}), status)


def _page_status(view: View, pages: Sequence[Page]) -> int:
    """200, 403 or 404 for the page of this path; the frame that Dash serves is always the same,
    what it will show is not."""
    if request.path.startswith(("/_dash", "/api/")):
        return 200
    page = next((p for p in pages if p.match(request.path) is not None), None)
    if page is None:
        return 404
    return 200 if view.may_open(page) else 403


def _finish(response: Response) -> Response:
    """Status of the page, and the token that Dash sends back with each callback."""
    html = response.mimetype == "text/html"
    if html and request.method == "GET" and response.status_code == 200:
        response.status_code = g.get("status", 200)
        response.headers["Cache-Control"] = "no-store"
        if current_user.is_authenticated:
            response.set_cookie(
                CSRF_COOKIE,
                generate_csrf(),
                samesite="Strict",
                secure=current_app.config["SESSION_COOKIE_SECURE"],
            )
    return response
