"""A wall screen: in by its token, sees the cockpit, can do nothing, and is out when revoked."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

import pages.login
from data.devices import DeviceRow
from data.rights import Forbidden
from data.stores import Stores
from pages import devices
from pages.login import WALL
from pages.walls import BY_THEMSELVES, COOKIE_SECONDS, PAGES
from tests.pages.conftest import call, sign_in, view_of
from tests.pages.test_gate import ROUTER, route_to

Screen = Callable[..., tuple[FlaskClient, DeviceRow]]
ROUTES = ("/map", "/alarms", "/stations/XM-0001", "/devices", "/api/v1/stations", "/api/jobs")


@pytest.fixture
def screen(cockpit: Dash, stores: Stores) -> Screen:
    """A browser that came by the address of a new screen."""

    def start(**made: Any) -> tuple[FlaskClient, DeviceRow]:
        admin = stores.users.get("administrator")
        assert admin is not None
        secret, row = stores.devices.create(admin, "wall", datetime.now(UTC), **made)
        client = cockpit.server.test_client()
        answer = client.get(f"/wall/{secret}?scale=1.25")
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/?kiosk=1&scale=1.25"
        assert secret not in json.dumps(list(map(str, answer.headers)))
        assert client.get("/?kiosk=1").status_code == 200
        return client, row

    return start


def fleet(client: FlaskClient) -> Any:
    return json.loads(gzip.decompress(client.get("/api/live").get_data()))


def test_a_screen_sees_the_cockpit(screen: Screen) -> None:
    client, _ = screen(language="en", theme="light")
    page = client.get("/?kiosk=1").get_data(as_text=True)
    assert '<html lang="en" data-theme="light" data-bs-theme="light" class="kiosk">' in page
    assert client.get("/_dash-layout").status_code == 200
    shown = call(client, ROUTER, route_to("/"))
    assert shown.status_code == 200
    assert "cockpit-kpi" in shown.get_data(as_text=True)
    assert fleet(client)["total"] == 6
    assert client.get("/api/alerts").get_json()["may"] is False


def test_a_screen_of_a_district_sees_that_district(screen: Screen) -> None:
    client, _ = screen(district_id=1)
    assert fleet(client)["total"] == 3


@pytest.mark.parametrize("path", ROUTES)
def test_other_pages_and_feeds_are_refused(screen: Screen, path: str) -> None:
    client, _ = screen()
    assert client.get(path).status_code == 403
    shown = call(client, ROUTER, route_to(path)).get_data(as_text=True)
    assert "XM-0001" not in shown
    assert "state page-state" in shown


def test_every_route_but_the_few_is_refused(cockpit: Dash, screen: Screen) -> None:
    """Walks the routes of the server: what a later page adds is refused, too."""
    client, _ = screen()
    may = set()
    for rule in cockpit.server.url_map.iter_rules():
        path = rule.rule
        for argument in rule.arguments:
            path = path.replace(next(p for p in path.split("/") if argument in p), "7")
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            answer = client.open(path, method=method)
            if answer.status_code not in (403, 405):
                may.add(f"{method} {rule.rule}")
            answer.close()
    opened = {route for route in may if not route.startswith("GET /assets/")}
    assert {route for route in opened if not route.startswith("GET ")} <= {
        "POST /login", "POST /preference",  # open to anybody, and they need a form's token
    }  # fmt: skip
    assert not {route for route in opened if "/api/" in route} - {
        "GET /api/live", "GET /api/alerts", "GET /api/places/map", "GET /api/places/stations",
        "GET /api/places/alarms",
    }  # fmt: skip


def test_only_the_clock_fires_its_callbacks(cockpit: Dash, screen: Screen) -> None:
    client, _ = screen()
    answered = set()
    for output, registered in cockpit.callback_map.items():
        inputs = [{**item, "value": None} for item in registered["inputs"]]
        if call(client, output, inputs).status_code == 200:
            answered.add(output)
            assert {item["property"] for item in registered["inputs"]} <= BY_THEMSELVES
    assert len(answered) >= 2
    assert all("cockpit-" in output or output == ROUTER for output in answered)


def test_what_fires_a_callback_is_read_from_its_register(screen: Screen) -> None:
    """A request can't call a button a clock."""
    client, _ = screen()
    made = "..devices-list.children...devices-made.children.."
    clock = [{"id": "cockpit-slow", "property": "n_intervals", "value": 1}]
    assert call(client, made, clock).status_code == 403


def test_a_revoked_screen_is_out_within_seconds(
    screen: Screen, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.walls.KEPT", 0.0)
    client, row = screen()
    admin = stores.users.get("administrator")
    assert admin is not None
    assert client.get("/api/live").status_code == 200
    stores.devices.revoke(admin, row.id, datetime.now(UTC))
    assert client.get("/api/live").status_code == 401
    assert call(client, ROUTER, route_to("/")).status_code == 401
    assert client.get("/").status_code == 302
    assert pages.login.KEPT <= 5.0  # s that the feed may be late


def test_an_ended_screen_is_out(cockpit: Dash, stores: Stores) -> None:
    admin = stores.users.get("administrator")
    assert admin is not None
    long_ago = datetime.now(UTC) - timedelta(days=3)
    secret, _ = stores.devices.create(admin, "wall", long_ago, days=1)
    client = cockpit.server.test_client()
    answer = client.get(f"/wall/{secret}")
    assert answer.headers["Location"] == "/login?wall=ended"
    assert "这块屏幕的访问已结束" in client.get("/login?wall=ended").get_data(as_text=True)
    assert client.get("/api/live").status_code == 401


def test_a_forged_cookie_is_nobodys(cockpit: Dash, screen: Screen) -> None:
    client, row = screen()
    good = client.get_cookie(WALL)
    assert good is not None
    for value in (str(row.id), f"{row.id}.x", good.value[:-2] + "xx", ""):
        stranger = cockpit.server.test_client()
        stranger.set_cookie(WALL, value)
        assert stranger.get("/api/live").status_code == 401


def test_neither_cookie_nor_session_grows_old(screen: Screen) -> None:
    client, _ = screen()
    answer = call(client, ROUTER, route_to("/"))
    cookies = {line.partition("=")[0]: line for line in answer.headers.getlist("Set-Cookie")}
    assert f"Max-Age={COOKIE_SECONDS}" in cookies[WALL]
    assert "Expires=" in cookies["pumphouse"]


def test_a_session_that_is_lost_does_not_end_a_screen(screen: Screen) -> None:
    client, _ = screen()
    client.delete_cookie("pumphouse")
    assert client.get("/api/live").status_code == 200
    assert call(client, ROUTER, route_to("/")).status_code == 400  # its page loads itself anew
    assert client.get("/?kiosk=1").status_code == 200
    assert call(client, ROUTER, route_to("/")).status_code == 200


def test_a_person_who_signs_in_ends_the_screen_there(screen: Screen) -> None:
    client, _ = screen()
    assert client.get("/login").status_code == 200
    assert sign_in(client, "engineer").status_code == 303
    assert client.get("/map").status_code == 200
    assert client.get_cookie(WALL) is None


def test_guessing_is_slowed_down(cockpit: Dash) -> None:
    client = cockpit.server.test_client()
    found = [client.get("/wall/phw_guess").status_code for _ in range(25)]
    assert found[0] == 303
    assert found[-1] == 429


def test_an_administrator_makes_and_revokes_screens(cockpit: Dash, stores: Stores) -> None:
    view = view_of(stores, "administrator", "en")
    with cockpit.server.test_request_context("/"):
        listed, made = devices.made_screen(stores, view, "left", "2", "en", "dark", "1.5", None)
    address = made[1].children
    assert address.endswith("?scale=1.5")
    assert "West" in json.dumps(listed.to_plotly_json(), default=lambda o: o.to_plotly_json())
    secret = address.partition("/wall/")[2].partition("?")[0]
    assert stores.devices.enter(secret, view.now, "") is not None
    [row] = stores.devices.all(view.user)
    assert row.district_id == 2
    stranger = view_of(stores, "engineer")
    with pytest.raises(Forbidden):
        devices.made_screen(stores, stranger, "mine", "city", "en", "dark", "1", None)


def test_the_page_is_the_administrators(browser: Callable[[str], FlaskClient]) -> None:
    assert browser("administrator").get("/devices").status_code == 200
    assert browser("executive").get("/devices").status_code == 403
    assert devices.PAGE.name not in PAGES
