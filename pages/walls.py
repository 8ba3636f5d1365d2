"""Wall screens: the way in by a device's token, who looks through one, and how little it may ask.

The token is in the address that the screen opens when it starts; what the browser keeps is the
device's number under our signature. It holds as long as the token lives: no login ever interrupts
a wall. A person who signs in at the same browser ends it there.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import (
    Blueprint,
    Request,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    request,
    session,
)
from flask_login import logout_user
from itsdangerous import BadSignature, URLSafeSerializer
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from data.devices import DeviceRow
from data.stores import Stores
from pages.login import FEED, KEPT, SESSIONS, TRIES, WALL

log = structlog.get_logger(__name__)
COOKIE_SECONDS = 400 * 86_400
"""As long as a browser keeps a cookie at all; each page and callback begins it anew."""
PAGES = frozenset({"cockpit"})
"""What a wall shows."""
READS = (
    "/", "/_dash-layout", "/_dash-dependencies", FEED, "/api/alerts", "/api/places/map",
    "/api/places/stations", "/api/places/alarms",
)  # fmt: skip
"""What these pages read."""
CALLBACK = "/_dash-update-component"
BY_THEMSELVES = frozenset({"n_intervals", "pathname", "search"})
"""A wall's callbacks are those that only the clock and the address fire: nobody presses there."""


class Wall:
    """A screen as flask-login wants a user; `row` is who looks through it."""

    is_authenticated = True
    is_active = True
    is_anonymous = False
    pages = PAGES

    def __init__(self, device: DeviceRow) -> None:
        self.row = device.viewer

    def get_id(self) -> str:
        return self.row.username


class Walls:
    """Finds the screen of a request without a session. As with persons, only the live feed may
    learn up to KEPT seconds later that a token was revoked."""

    def __init__(self, stores: Stores) -> None:
        self._devices = stores.devices
        self._known: dict[int, tuple[float, Wall | None]] = {}

    def __call__(self, asked: Request) -> Wall | None:
        """The living screen whose cookie this is."""
        id = _number(asked.cookies.get(WALL, ""))
        if id is None:
            return None
        known = self._known.get(id)
        if known is not None and known[0] > time.monotonic() and asked.path.startswith(FEED):
            return known[1]
        row = self._devices.by_id(id, datetime.now(UTC), asked.remote_addr or "")
        found = None if row is None else Wall(row)
        if len(self._known) > SESSIONS:
            self._known.clear()
        self._known[id] = (time.monotonic() + KEPT, found)
        return found


def may_ask(asked: Request, callbacks: Mapping[str, Any]) -> bool:
    """Whether a screen needs this to show its pages; everything else is refused."""
    if asked.path == CALLBACK:
        body = asked.get_json(silent=True)
        output = body.get("output") if isinstance(body, dict) else None
        known = callbacks.get(output) if isinstance(output, str) else None
        inputs = known["inputs"] if known else ()
        return bool(inputs) and {item["property"] for item in inputs} <= BY_THEMSELVES
    return asked.path in READS and asked.method in ("GET", "HEAD")


def blueprint(stores: Stores) -> Blueprint:
    """/wall/SECRET, the address that a screen opens; what follows `?` goes on to the cockpit."""
    routes = Blueprint("walls", __name__)
    limiter = FixedWindowRateLimiter(MemoryStorage())

    @routes.get("/wall/<secret>")
    def enter(secret: str) -> Response:
        address = request.remote_addr or ""
        if not limiter.hit(TRIES, address):
            return Response("too many tries", 429, mimetype="text/plain")
        row = stores.devices.enter(secret, datetime.now(UTC), address)
        if row is None:
            log.warning("a wall screen was refused", address=address)
            return make_response(redirect("/login?wall=ended", code=303))
        logout_user()
        session.clear()
        query = request.query_string.decode("ascii", "replace")
        answer = make_response(redirect(f"/?kiosk=1&{query}".rstrip("&"), code=303))
        _remember(answer, row.id)
        return answer

    @routes.after_app_request
    def renew(answer: Response) -> Response:
        """Neither the cookie nor the session (it holds the CSRF token) of a screen grows old."""
        view = g.get("view")
        if view is not None and view.pages is not None and request.path in ("/", CALLBACK):
            session.permanent = session.modified = True
            _remember(answer, -view.user.id)
        return answer

    return routes


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="wall")


def _number(cookie: str) -> int | None:
    try:
        found = _serializer().loads(cookie)
    except BadSignature:
        return None
    return found if isinstance(found, int) else None


def _remember(answer: Response, id: int) -> None:
    answer.set_cookie(
        WALL, _serializer().dumps(id), max_age=COOKIE_SECONDS, samesite="Lax", httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )  # fmt: skip
