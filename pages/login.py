"""Signing in and out, and what a person prefers to see: plain forms, no Dash."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import limits
import structlog
from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
)
from flask_login import current_user, login_required, login_user, logout_user
from flask_wtf.csrf import CSRFError
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from data.catalogue.words import LANGUAGES, words
from data.stores import Stores
from data.users import THEMES, LoginRefused, UserRow

log = structlog.get_logger()
YEAR = 365 * 86_400
WALL = "pumphouse_wall"
"""Cookie of a wall screen; a person who signs in at its browser ends it there."""
FEED, KEPT, SESSIONS = "/api/live", 5.0, 5000
TRIES = limits.parse("20/minute")
"""Slows guessing down per address and worker; the lasting count of failures is in the records."""


class Person:
    """A signed-in user as flask-login wants one; `row` is the person."""

    is_authenticated = True
    is_active = True
    is_anonymous = False
    pages: frozenset[str] | None = None
    """All that the role may open."""

    def __init__(self, row: UserRow) -> None:
        self.row = row

    def get_id(self) -> str:
        return self.row.session_id


class People:
    """Finds who a session belongs to. A changed role or an ended session counts at the next
    request; only the live feed, which each client asks every two seconds, may be late by KEPT."""

    def __init__(self, stores: Stores) -> None:
        self._users = stores.users
        self._known: dict[str, tuple[float, Person | None]] = {}

    def __call__(self, session_id: str) -> Person | None:
        """The person of a session; None when it has ended."""
        known = self._known.get(session_id)
        if known is not None and known[0] > time.monotonic() and request.path.startswith(FEED):
            return known[1]
        row = self._users.by_session(session_id)
        found = None if row is None else Person(row)
        if len(self._known) > SESSIONS:
            self._known.clear()
        self._known[session_id] = (time.monotonic() + KEPT, found)
        return found


def blueprint(stores: Stores) -> Blueprint:
    """Routes /login, /logout and /preference."""
    pages = Blueprint("login", __name__, template_folder="templates")
    limiter = FixedWindowRateLimiter(MemoryStorage())

    @pages.route("/login", methods=["GET", "POST"])
    def login() -> Response:
        if request.method == "GET":
            person = current_user.is_authenticated and current_user.pages is None
            return _to(_next()) if person else _form("wall" if "wall" in request.args else "")
        if not limiter.hit(TRIES, request.remote_addr or ""):
            return _form("locked", 429)
        return _sign_in(stores)

    @pages.post("/logout")
    @login_required  # type: ignore[untyped-decorator]
    def logout() -> Response:
        stores.audit.append(current_user.row.username, "logout", "", datetime.now(UTC))
        logout_user()
        session.clear()
        return _to("/login")

    @pages.post("/preference")
    def preference() -> Response:
        return _prefer(stores)

    pages.register_error_handler(CSRFError, lambda _: _form("expired", 400))
    return pages


def chosen(name: str, allowed: tuple[str, ...]) -> str:
    """Language or theme of a visitor who has not signed in: a cookie, else the first."""
    found = request.cookies.get(name, "")
    return found if found in allowed else allowed[0]


def safe_next(target: str) -> str:
    """`target` when it is a path of this host, else '/'."""
    parts = urlsplit(target)
    local = not parts.scheme and not parts.netloc and target.startswith("/")
    harmless = not target.startswith(("//", "/\\", "/login")) and "\\" not in target
    return target if local and harmless and target.isprintable() else "/"


def _sign_in(stores: Stores) -> Response:
    name = request.form.get("username", "")[:64]
    password = request.form.get("password", "")[:256]
    try:
        row = stores.users.check(name, password, request.remote_addr or "", datetime.now(UTC))
    except LoginRefused as refusal:
        log.warning("login refused", username=name, reason=refusal.reason)
        return _form(refusal.reason, 429 if refusal.reason == "locked" else 401)
    session.clear()  # a session made before the login must not live on in it
    session.permanent = True
    login_user(Person(row))
    answer = _to(_next())
    answer.delete_cookie(WALL)
    _remember(answer, language=row.language, theme=row.theme)
    return answer


def _prefer(stores: Stores) -> Response:
    asked = {"language": request.form.get("language"), "theme": request.form.get("theme")}
    known = {"language": LANGUAGES, "theme": THEMES}
    valid = {k: v for k, v in asked.items() if v is not None and v in known[k]}
    if current_user.is_authenticated:
        stores.users.set_preference(current_user.row.username, **valid)
    answer = _to(_next() if current_user.is_authenticated else "/login")
    _remember(answer, **valid)
    return answer


def _form(reason: str = "", status: int = 200) -> Response:
    lang, theme = chosen("language", LANGUAGES), chosen("theme", THEMES)
    page = render_template(
        "login.html",
        lang=lang,
        html_lang={"zh": "zh-CN"}.get(lang, lang),
        other="en" if lang == "zh" else "zh",
        theme=theme,
        words=words(lang),
        reason=reason,
        next=_next(),
    )
    return make_response(page, status)


def _next() -> str:
    return safe_next(request.values.get("next", "/"))


def _to(target: str) -> Response:
    return make_response(redirect(target, code=303))


def _remember(answer: Response, **values: Any) -> None:
    for name, value in values.items():
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        answer.set_cookie(name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=secure)
