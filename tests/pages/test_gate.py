"""Who gets in, who gets what, and that everything not named is refused."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

import app
from components.ids import SHELL
from data.rights import ROLES
from data.stores import Stores
from data.users import LoginRefused
from pages.gate import callback_pages
from pages.index import PAGES
from pages.login import safe_next
from tests.pages.conftest import PASSWORD, call, sign_in, token

Browser = Callable[[str], FlaskClient]
ROUTER = "..shell-content.children...shell-crumb.children...shell-title.data.."


def route_to(pathname: str) -> list[dict[str, Any]]:
    return [
        {"id": "shell-url", "property": "pathname", "value": pathname},
        {"id": "shell-url", "property": "search", "value": ""},
    ]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 302),
        ("/map", 302),
        ("/no/such/page", 302),
        ("/_dash-layout", 401),
        ("/_dash-dependencies", 401),
        ("/_reload-hash", 302),
        ("/api/live", 401),
        ("/api/live/XM-0001", 401),
        ("/api/places/stations", 401),
        ("/api/nothing", 401),
        ("/login", 200),
        ("/healthz", 200),
        ("/assets/tokens.css", 200),
        ("/assets/all/../../app.py", 302),
        ("/assets/all/none.css", 404),
        ("/assets/../app.py", 302),
    ],
)
def test_a_stranger_gets_nothing_but_the_login(cockpit: Dash, path: str, status: int) -> None:
    answer = cockpit.server.test_client().get(path)
    assert answer.status_code in (status, 404 if ".." in path else status)
    assert "XM-0001" not in answer.get_data(as_text=True)
    if status == 302 and answer.status_code == 302:
        assert answer.headers["Location"].startswith("/login")
    answer.close()


def test_every_route_is_behind_the_gate(cockpit: Dash) -> None:
    """Walks the routes of the server: what a later page adds is found here, too."""
    client = cockpit.server.test_client()
    open_routes = set()
    for rule in cockpit.server.url_map.iter_rules():
        path = rule.rule
        for argument in rule.arguments:
            path = path.replace(next(p for p in path.split("/") if argument in p), "x")
        method = "GET" if "GET" in rule.methods else "POST"
        answer = client.open(path, method=method)
        if answer.status_code not in (302, 401):
            open_routes.add(rule.rule)
        answer.close()
    assert open_routes == {
        "/login", "/preference", "/healthz", "/assets/<path:filename>",
        "/assets/all/<name>", "/_favicon.ico", "/wall/<secret>",
        "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
    }  # fmt: skip


def test_a_callback_needs_a_session_then_a_token(browser: Browser, cockpit: Dash) -> None:
    stranger = cockpit.server.test_client()
    assert call(stranger, ROUTER, route_to("/")).status_code == 401
    client = browser("engineer")
    assert call(client, ROUTER, route_to("/"), csrf=False).status_code == 400
    assert call(client, ROUTER, route_to("/")).status_code == 200


def test_an_unknown_callback_is_refused(browser: Browser) -> None:
    client = browser("administrator")
    assert call(client, "system-nothing.children", []).status_code == 404


def test_every_callback_belongs_to_pages_with_roles(cockpit: Dash) -> None:
    cockpit.server.test_client().get("/login")
    names = {module.PAGE.name for module in PAGES} | {SHELL}
    assert len(cockpit.callback_map) > 5
    for output, registered in cockpit.callback_map.items():
        owners = callback_pages(output, registered)
        assert owners, output
        assert owners <= names, f"{output} names {owners - names}"
    assert all(module.PAGE.roles for module in PAGES)


@pytest.mark.parametrize("role", ROLES)
def test_callbacks_of_a_page_are_for_its_roles_alone(
    cockpit: Dash, browser: Browser, role: str
) -> None:
    client = browser(role)
    pages = {module.PAGE.name: module.PAGE for module in PAGES}
    for output, registered in cockpit.callback_map.items():
        owners = callback_pages(output, registered) - {SHELL}
        allowed = all(role in pages[name].roles for name in owners)
        if not allowed:
            inputs = [{**i, "value": None} for i in registered["inputs"]]
            assert call(client, output, inputs).status_code == 403, output


def test_a_forbidden_page_explains_itself(browser: Browser) -> None:
    client = browser("inspector")
    assert client.get("/system").status_code == 403
    shown = call(client, ROUTER, route_to("/system")).get_data(as_text=True)
    assert "需要「系统」页面的权限" in shown
    assert "管理员" in shown
    assert browser("engineer").get("/system").status_code == 200


def test_an_unknown_page_is_not_found(browser: Browser) -> None:
    client = browser("engineer")
    assert client.get("/nowhere").status_code == 404
    assert "没有找到" in call(client, ROUTER, route_to("/nowhere")).get_data(as_text=True)


def test_the_rail_shows_what_the_role_may_open(browser: Browser) -> None:
    def hrefs(role: str) -> set[str]:
        layout = json.dumps(browser(role).get("/_dash-layout").get_json())
        return set(re.findall(r'"href": "([^"]+)"', layout))

    assert "/system" in hrefs("administrator")
    assert "/system" not in hrefs("executive")
    assert "/map" in hrefs("executive")


def test_a_wrong_login_says_so_and_not_which_part(cockpit: Dash) -> None:
    client = cockpit.server.test_client()
    for name in ("engineer", "nobody"):
        answer = sign_in(client, name, "not this")
        assert answer.status_code == 401
        assert "用户名或密码不对" in answer.get_data(as_text=True)
    assert client.get("/").status_code == 302


def test_guessing_is_slowed_down_for_everybody(cockpit: Dash, stores: Stores) -> None:
    client = cockpit.server.test_client()
    for _ in range(5):
        sign_in(client, "engineer", "not this")
    answer = sign_in(client, "engineer", PASSWORD)
    assert answer.status_code == 429
    assert "15" in answer.get_data(as_text=True)


def test_a_login_form_without_token_is_refused(cockpit: Dash) -> None:
    client = cockpit.server.test_client()
    client.get("/login")
    answer = client.post("/login", data={"username": "engineer", "password": PASSWORD})
    assert answer.status_code == 400
    assert "页面已过期" in answer.get_data(as_text=True)
    assert client.get("/").status_code == 302


def test_a_session_made_before_the_login_does_not_survive_it(cockpit: Dash) -> None:
    client = cockpit.server.test_client()
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    assert sign_in(client, "engineer").status_code == 303
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"]


def test_the_session_cookie_is_for_the_server_alone(cockpit: Dash) -> None:
    answer = sign_in(cockpit.server.test_client(), "engineer")
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("pumphouse="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_signing_out_ends_it(browser: Browser, stores: Stores) -> None:
    client = browser("engineer")
    assert client.get("/logout").status_code == 404  # leaving is a POST, no link can do it
    assert client.get("/api/live").status_code == 200
    assert client.post("/logout").status_code == 400
    cookie = client.get_cookie("_csrf_token")
    assert cookie is not None
    assert client.post("/logout", headers={"X-CSRFToken": cookie.decoded_value}).status_code == 303
    assert client.get("/api/live").status_code == 401
    assert stores.audit.recent(1)[0].verb == "logout"


def test_a_changed_password_ends_sessions(browser: Browser, stores: Stores) -> None:
    client = browser("engineer")
    assert client.get("/api/places/stations").status_code == 200
    stores.users.set_password(
        "engineer", "another password", "administrator", stores.audit.recent(1)[0].at
    )
    assert client.get("/api/places/stations").status_code == 401
    assert client.get("/api/live").status_code == 401


def test_the_live_feed_may_be_late_but_not_for_long(
    browser: Browser, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser("engineer")
    assert client.get("/api/live").status_code == 200
    stores.users.set_password("engineer", "another", "administrator", stores.audit.recent(1)[0].at)
    monkeypatch.setattr("pages.login.KEPT", 0.0)
    assert client.get("/api/live").status_code == 200
    later = time.monotonic() + 6.0
    monkeypatch.setattr("pages.login.time.monotonic", lambda: later)
    assert client.get("/api/live").status_code == 401


def test_a_flood_of_logins_does_not_reach_the_records(
    cockpit: Dash, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(name: str, *_: object) -> None:
        asked.append(name)
        raise LoginRefused("wrong")

    monkeypatch.setattr(stores.users, "check", refuse)
    client = cockpit.server.test_client()
    codes = [sign_in(client, f"user{n}").status_code for n in range(22)]
    assert codes == [401] * 20 + [429] * 2
    assert len(asked) == 20


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/map?station=XM-0001", "/map?station=XM-0001"),
        ("//evil.example/x", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/login?next=/login", "/"),
        ("", "/"),
        ("/map\r\nSet-Cookie: x=1", "/"),
    ],
)
def test_next_stays_on_this_host(target: str, kept: str) -> None:
    assert safe_next(target) == kept


def test_one_lands_where_one_wanted_to_go(cockpit: Dash) -> None:
    client = cockpit.server.test_client()
    assert (
        client.get("/map?station=XM-0001").headers["Location"]
        == "/login?next=/map%3Fstation%3DXM-0001"
    )
    assert (
        sign_in(client, "engineer", next="/map?station=XM-0001").headers["Location"]
        == "/map?station=XM-0001"
    )


def test_headers_keep_everything_at_home(browser: Browser) -> None:
    answer = browser("engineer").get("/")
    policy = answer.headers["Content-Security-Policy"]
    script = next(p for p in policy.split("; ") if p.startswith("script-src"))
    assert "'unsafe-inline'" not in script
    assert "'unsafe-eval'" not in policy
    assert "'sha256-" in script
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "http" not in policy
    body = answer.get_data(as_text=True)
    assert "https://" not in body.replace("https://dash.plotly.com", "")


def test_language_and_theme_are_the_persons(browser: Browser, stores: Stores) -> None:
    client = browser("engineer")
    assert '<html lang="zh-CN" data-theme="dark" data-bs-theme="dark">' in client.get("/").get_data(
        as_text=True
    )
    cookie = client.get_cookie("_csrf_token")
    assert cookie is not None
    answer = client.post(
        "/preference",
        data={"language": "en", "theme": "light", "next": "/map"},
        headers={"X-CSRFToken": cookie.decoded_value},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/map")
    assert '<html lang="en" data-theme="light" data-bs-theme="light">' in client.get("/").get_data(
        as_text=True
    )
    user = stores.users.get("engineer")
    assert user is not None
    assert (user.language, user.theme) == ("en", "light")
    assert "Sign in" in _login_page(client)


def _login_page(client: FlaskClient) -> str:
    client.delete_cookie("pumphouse")
    return client.get("/login").get_data(as_text=True)


def test_an_unknown_preference_changes_nothing(cockpit: Dash) -> None:
    client = cockpit.server.test_client()
    form = token(client.get("/login").get_data(as_text=True))
    answer = client.post("/preference", data={"csrf_token": form, "language": "xx"})
    assert answer.status_code == 303
    assert not [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("language")]


def test_without_a_session_key_there_is_no_cockpit(stores: Stores) -> None:
    from dataclasses import replace

    bare = stores.settings.model_copy(update={"session_key": type(stores.settings.session_key)("")})
    with pytest.raises(ValueError, match="PUMPHOUSE_SESSION_KEY"):
        app.create_app(replace(stores, settings=bare))
