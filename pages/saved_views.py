"""Saved views: the control in the head of every page of analysis, and its routes.

assets/compare.js opens the list, keeps the present URL under a name and takes views away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from dash import html
from flask import Blueprint, Response, request

from components.attributes import data
from components.page import Page, View, current
from data.catalogue.words import text
from data.rights import NotFound, Refused
from data.saved_views import LONGEST_NAME, SavedViewRow
from data.stores import Stores


def control(view: View, page: Page) -> html.Details:
    """The list of views of `page` with a small form; filled by the script when it is opened."""
    name = html.Label(
        [
            html.Span(view.text("views.name"), className="hint"),
            html.Div("", className="views-name", **data(longest=LONGEST_NAME)),
        ]
    )
    words = {
        key: view.text(f"views.{key}") for key in ("none", "remove", "shared", "share", "name")
    }
    save = html.Button(
        view.text("views.save"), type="button", className="button primary", **data(views_save="1")
    )
    box = html.Div(
        [html.Ul([], className="views-list"), name, save, html.P("", className="hint views-said")],
        className="range-form views-box",
    )
    return html.Details(
        [html.Summary(view.text("views.title"), className="button quiet"), box],
        className="views",
        **data(views=page.name, words=orjson.dumps(words).decode()),
    )


def blueprint(stores: Stores, pages: Callable[[], Sequence[Page]]) -> Blueprint:
    """GET and POST /api/views/PAGE, DELETE /api/views/PAGE/ID; the gate has asked for the login
    and the CSRF token before. A page that the role may not open has no views for it."""
    routes = Blueprint("views", __name__)

    def known(name: str) -> Page | None:
        found = next((p for p in pages() if p.name == name), None)
        return found if found is not None and current().may_open(found) else None

    @routes.get("/api/views/<name>")
    def listed(name: str) -> Response:
        if known(name) is None:
            return _reply({"error": "not found"}, 404)
        return _reply(_rows(stores, current(), name))

    @routes.post("/api/views/<name>")
    def save(name: str) -> Response:
        page, view = known(name), current()
        body = request.get_json(silent=True)
        if page is None or not isinstance(body, dict):
            return _reply({"error": "not found"}, 404 if page is None else 400)
        path = str(body.get("path", ""))
        try:
            if page.match(path) is None:
                raise Refused("view_url")
            stores.saved_views.save(
                view.user, name, str(body.get("name", "")), path, str(body.get("query", "")),
                body.get("shared") is True, view.now,
            )  # fmt: skip
        except Refused as problem:
            words = text(view.language, f"refused.{problem.reason}", **problem.values)
            return _reply({"error": words}, 409)
        return _reply(_rows(stores, view, name))

    @routes.delete("/api/views/<name>/<int:id>")
    def remove(name: str, id: int) -> Response:
        if known(name) is None:
            return _reply({"error": "not found"}, 404)
        try:
            stores.saved_views.remove(current().user, id, current().now)
        except NotFound:
            return _reply({"error": "not found"}, 404)
        return _reply(_rows(stores, current(), name))

    return routes


def _rows(stores: Stores, view: View, page: str) -> list[dict[str, Any]]:
    return [_row(view, row) for row in stores.saved_views.of(view.user, page)]


def _row(view: View, row: SavedViewRow) -> dict[str, Any]:
    mine = row.username == view.user.username
    return {
        "id": row.id,
        "name": row.name,
        "href": row.href,
        "shared": row.shared,
        "by": "" if mine else row.username,
        "removable": mine or (row.shared and view.user.role == "administrator"),
    }


def _reply(body: object, status: int = 200) -> Response:
    made = Response(orjson.dumps(body), status, mimetype="application/json")
    made.headers["Cache-Control"] = "no-store"
    return made
