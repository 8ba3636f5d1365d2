"""The cockpit: settings, stores, login gate, pages, server.

`python app.py` serves what is stored; `gunicorn 'app:server()'` does the same with workers.
"""

from __future__ import annotations

import atexit
import os
import secrets
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import flask_bootstrap
import pandas  # noqa: F401 - whole before threads start: plotly looks into a half-loaded one
import structlog
from dash import ClientsideFunction, Dash, Input, Output, html, set_props
from flask import Flask, Response, g
from flask_login import LoginManager

import pages.alerts
import pages.api
import pages.cockpit
import pages.find
import pages.gate
import pages.headers
import pages.jobs
import pages.live
import pages.login
import pages.packed
import pages.places
import pages.report_maker
import pages.saved_views
import pages.walls
import pages.warm
from components import shell
from components.page import View, bound, current
from data.database import DatabaseError
from data.logs import configure
from data.rights import Forbidden, NotFound, Refused
from data.settings import ROOT, Settings, load
from data.station_rows import EVERYWHERE
from data.stores import Stores, open_stores
from pages.guarded import right_words
from pages.index import PAGES
from pages.router import answer, utility

log = structlog.get_logger()

BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5" / "css"
WEEK = 7 * 86_400
AFTER = 5
"""Niceness: where the machine is short of time, the collector comes before those who look."""
SWITCH = 0.001
"""s until a thread that computes lets another go on; the live feed has little to do and many to
wait for."""
THREADS = 32
"""Of a worker; most of them wait for their turn (pages/kept.py) or the disk."""


def server() -> Flask:
    """The WSGI application of one worker: `gunicorn 'app:server()'`."""
    os.nice(AFTER)
    sys.setswitchinterval(SWITCH)
    settings = load()
    configure(settings)
    stores = open_stores(settings)
    made = create_app(stores).server
    atexit.register(pages.warm.leave, stores)
    pages.warm.hear_the_end()
    pages.cockpit.ready_of(stores).keep(EVERYWHERE)
    pages.warm.warm_up(stores, PAGES)
    pages.report_maker.begin(stores)
    return made  # type: ignore[no-any-return]


def create_app(stores: Stores) -> Dash:
    """The whole cockpit on these stores. Raises ValueError without a session key."""
    flask_server = _flask(stores.settings)
    manager = LoginManager(flask_server)
    manager.session_protection = None  # a crew's phone changes its address all day
    manager.user_loader(pages.login.People(stores))
    manager.request_loader(pages.walls.Walls(stores))
    listed = [module.PAGE for module in PAGES]
    pages.gate.guard(
        flask_server,
        listed,
        partial(_view, stores),
        lambda: app.callback_map,
        partial(pages.api.person_of, stores),
    )
    for of in (
        pages.login, pages.walls, pages.live, pages.alerts, pages.places, pages.api, pages.jobs
    ):  # fmt: skip
        flask_server.register_blueprint(of.blueprint(stores))
    for of in (pages.find, pages.saved_views):
        flask_server.register_blueprint(of.blueprint(stores, lambda: listed))
    flask_server.add_url_rule("/healthz", "healthz", lambda: Response("ok", mimetype="text/plain"))
    styles = pages.packed.bundle(ROOT / "assets", "css", [BOOTSTRAP / "bootstrap.min.css"])
    scripts = pages.packed.bundle(ROOT / "assets", "js")
    pages.packed.serve(flask_server, styles, scripts)
    app = Cockpit(
        __name__,
        server=flask_server,
        use_pages=False,
        title=stores.settings.utility_zh,
        update_title="",
        suppress_callback_exceptions=True,
        assets_ignore=".*",  # they come as one file each
        external_stylesheets=[styles.path],
        external_scripts=[scripts.path],
        on_error=_on_error,
    )
    app.layout = partial(_frame, stores)
    _router(app, stores)
    for module in PAGES:
        module.register(app, stores)
    flask_server.after_request(partial(pages.headers.add, app))
    # Dash sets itself up within its first request, and one beside that finds it half done: the
    # first page of a worker would miss some of its scripts
    flask_server.test_client().get("/healthz")
    return app


class Cockpit(Dash):
    """Dash whose HTML carries the viewer's language and theme."""

    def interpolate_index(self, **parts: str) -> str:
        view = current()
        lang = "zh-CN" if view.language == "zh" else view.language
        wall = ' class="kiosk"' if view.pages is not None else ""
        head = f'<html lang="{lang}" data-theme="{view.theme}" data-bs-theme="{view.theme}"{wall}>'
        return str(super().interpolate_index(**parts)).replace("<html>", head, 1)


def _flask(settings: Settings) -> Flask:
    key = settings.session_key.get_secret_value()
    if len(key) < 16:
        raise ValueError(
            "no session key: set PUMPHOUSE_SESSION_KEY to 16 or more random characters "
            "(the demo city makes its own: make run)"
        )
    made = Flask(__name__)
    made.config.update(
        SECRET_KEY=key,
        SESSION_COOKIE_NAME="pumphouse",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=WEEK),
        WTF_CSRF_TIME_LIMIT=None,  # a wall screen runs for weeks
        MAX_CONTENT_LENGTH=16 * 2**20,
    )
    made.jinja_env.globals["utility"] = {"zh": settings.utility_zh, "en": settings.utility_en}
    return made


def _view(stores: Stores, person: Any) -> View:
    row = person.row
    zone = stores.settings.zone
    return View(row, row.language, row.theme, zone, pages=person.pages)


def _frame(stores: Stores) -> html.Div:
    """Layout of the app: the frame for the viewer; content comes by the router's callback."""
    view: View | None = g.get("view")
    if view is None:
        return shell.empty_shell()
    listed = [m.PAGE for m in PAGES if m.PAGE.icon and view.may_open(m.PAGE)]
    places = stores.stations.districts(view.scope) if view.scope.district_id else ()
    place = places[0].name(view.language) if places else view.text("shell.city")
    return shell.shell(view, listed, utility(stores, view), place, pages.live.version())


def _router(app: Dash, stores: Stores) -> None:
    app.callback(
        Output(shell.CONTENT, "children"),
        Output(shell.CRUMB, "children"),
        Output(shell.TITLE, "data"),
        Input(shell.URL, "pathname"),
        Input(shell.URL, "search"),
    )(bound(answer, stores))
    app.clientside_callback(
        ClientsideFunction("shell", "arrived"),
        Input(shell.TITLE, "data"),
        Input(shell.URL, "pathname"),
    )


def _on_error(problem: Exception) -> None:
    """A failed callback becomes a notice; the log has the rest."""
    view = current()
    if isinstance(problem, Forbidden):
        words = view.text("notice.forbidden", right=right_words(view, problem.right))
    elif isinstance(problem, NotFound):
        words = view.text("notice.not_found")
    elif isinstance(problem, Refused):
        words = view.text(f"refused.{problem.reason}", **problem.values)
    else:
        reference = secrets.token_hex(3)
        log.error("a callback failed", reference=reference, exc_info=problem)
        words = view.text("notice.failed", reference=reference)
    set_props(shell.NOTICE, {"children": shell.notice(words, "bad")})


def main() -> None:
    """Serve what is stored with gunicorn in this process tree."""
    from gunicorn.app.base import BaseApplication

    settings = load()
    try:
        _flask(settings)
        open_stores(settings).close()
    except (DatabaseError, ValueError) as error:
        raise SystemExit(f"Pumphouse can't start: {error}") from error

    class Serve(BaseApplication):
        def load_config(self) -> None:
            chosen = {
                "bind": f"{settings.host}:{settings.port}",
                "workers": settings.workers,
                "worker_class": "gthread",
                "threads": THREADS,
                "keepalive": 15,
                "control_socket_disable": True,
            }
            for name, value in chosen.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return server()

    Serve().run()


if __name__ == "__main__":
    main()
