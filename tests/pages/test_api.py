"""The REST API through the whole cockpit: who may, what it tells, how it refuses."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from dash import Dash
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from data.catalogue.indicators import indicators, offered
from data.indicator_rights import KEYS
from data.stores import Stores
from pages.api_routes import BASE, ROUTES
from tests.pages.test_desk import write_days

Browser = Callable[[str], FlaskClient]
NOW = datetime.now(UTC)
ZONE_TODAY = (NOW + timedelta(hours=8)).date()
DAY = timedelta(days=1)
FIRST, LAST = ZONE_TODAY - 5 * DAY, ZONE_TODAY - 2 * DAY
SPAN = f"from={FIRST}&to={LAST}"


@pytest.fixture
def key(stores: Stores) -> Callable[[str], str]:
    """A living key of a role's person."""

    def make(role: str) -> str:
        user = stores.users.get(role)
        assert user is not None
        return stores.api_tokens.create(user, "test", 9, NOW)[0]

    return make


def read(client: FlaskClient, path: str) -> Any:
    """The JSON of a good answer."""
    answer = client.get(BASE + path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


def ask(cockpit: Dash, secret: str, path: str, method: str = "GET", **headers: str) -> Any:
    client = cockpit.server.test_client()
    heads = {"Authorization": f"Bearer {secret}", **headers}
    return client.open(BASE + path, method=method, headers=heads)


def test_facts_are_for_roles_that_may_see_what_is_made_of_them(
    stores: Stores, browser: Browser
) -> None:
    write_days(stores, FIRST, 4)
    told = {role: read(browser(role), f"/facts?{SPAN}") for role in ("administrator", "inspector")}
    whole, part = (set(told[role]["items"][0]) for role in ("administrator", "inspector"))
    assert "F.energy" in whole & part  # kWh/m³ is everybody's
    assert told["administrator"]["left_out"] == []
    assert whole - part == set(told["inspector"]["left_out"])
    assert "F.head_volume" in whole - part
    for role, seen in (("administrator", whole), ("inspector", part)):
        made = {fact for row in offered(role).values() for fact in row.facts}
        assert role == "administrator" or seen - KEYS <= made


def test_the_description_is_valid_and_whole(cockpit: Dash, browser: Browser) -> None:
    told = read(browser("engineer"), "/openapi.json")
    validate(told, cls=OpenAPIV31SpecValidator)
    assert told["openapi"].startswith("3.1")
    rules = {
        r.rule.removeprefix(BASE).replace("<", "{").replace(">", "}")
        for r in cockpit.server.url_map.iter_rules()
        if r.rule.startswith(BASE)
    } - {"/{path:rest}"}
    assert set(told["paths"]) == rules == {route.path for route in ROUTES}
    for route in ROUTES:
        named = {p["name"] for p in told["paths"][route.path]["get"]["parameters"]}
        assert named == {p.name for p in route.parameters}


def test_without_a_key_or_session_nothing_is_told(cockpit: Dash) -> None:
    client = cockpit.server.test_client()
    for route in ROUTES:
        assert client.get(BASE + route.path).status_code == 401


def test_wrong_expired_and_revoked_keys(
    stores: Stores, cockpit: Dash, key: Callable[[str], str]
) -> None:
    assert ask(cockpit, "ph_wrong", "/stations").status_code == 401
    user = stores.users.get("engineer")
    assert user is not None
    old, _ = stores.api_tokens.create(user, "old", 1, NOW - timedelta(days=3))
    assert ask(cockpit, old, "/stations").status_code == 401
    secret, row = stores.api_tokens.create(user, "gone", 9, NOW)
    assert ask(cockpit, secret, "/stations").status_code == 200
    stores.api_tokens.revoke(user, row.id, NOW)
    answer = ask(cockpit, secret, "/stations")
    assert answer.status_code == 401
    assert "revoked" in answer.json["error"]


def test_a_key_opens_the_api_and_nothing_else(cockpit: Dash, key: Callable[[str], str]) -> None:
    secret = key("administrator")
    client = cockpit.server.test_client()
    heads = {"Authorization": f"Bearer {secret}"}
    assert client.get(f"{BASE}/stations", headers=heads).status_code == 200
    for path in ("/", "/system", "/api/live", "/_dash-layout", "/api/v1"):
        assert client.get(path, headers=heads).status_code == 403, path
    assert client.post(f"{BASE}/stations", headers=heads).status_code == 403
    assert client.post("/_dash-update-component", headers=heads, json={}).status_code == 403


def test_district_and_role_hold(stores: Stores, cockpit: Dash, key: Callable[[str], str]) -> None:
    write_days(stores, FIRST, 4)
    own = key("district_manager")
    told = ask(cockpit, own, "/stations").json
    assert {s["district"] for s in told["items"]} == {"east"}
    homes = {s["code"]: s["compound"] for s in told["items"]}
    assert homes == {"XM-0002": "GINKGO", "XM-0004": "GINKGO", "XM-0006": None}
    assert told["total"] == 3
    assert ask(cockpit, own, "/stations?district=west").status_code == 404
    assert ask(cockpit, own, f"/facts?{SPAN}&station=XM-0001").status_code == 404
    assert {f["station"] for f in ask(cockpit, own, f"/facts?{SPAN}").json["items"]} == {
        "XM-0002", "XM-0004", "XM-0006",
    }  # fmt: skip
    alarms = ask(cockpit, own, "/alarms?open=true").json["items"]
    assert {a["station_code"] for a in alarms} == {"XM-0002"}
    supply = ask(cockpit, own, f"/indicators/supply/values?{SPAN}").json["items"][0]["figure"]
    assert supply["value"] == pytest.approx(12 * 400)
    forbidden = ask(cockpit, key("inspector"), f"/indicators/energy/values?{SPAN}")
    assert forbidden.status_code == 403
    assert ask(cockpit, own, f"/indicators/complaint_rate/values?{SPAN}").status_code == 404


def test_indicators_of_a_role(cockpit: Dash, key: Callable[[str], str]) -> None:
    for role in ("inspector", "executive"):
        told = ask(cockpit, key(role), "/indicators").json
        assert [i["code"] for i in told["items"]] == list(offered(role))
    assert "complaint_rate" not in offered("administrator")


def test_values_by_group(stores: Stores, cockpit: Dash, key: Callable[[str], str]) -> None:
    write_days(stores, FIRST, 4)
    path = f"/indicators/specific_energy/values?{SPAN}&by=district,day"
    told = ask(cockpit, key("engineer"), path).json
    assert told["total"] == 8
    assert told["items"][0]["district"] == "east"
    assert told["items"][0]["day"] == str(FIRST)
    assert told["items"][0]["value"] == pytest.approx(0.5)
    paged = ask(cockpit, key("engineer"), path + "&limit=3&offset=6").json
    assert (len(paged["items"]), paged["next"]) == (2, None)
    assert ask(cockpit, key("engineer"), path + "&limit=3").json["next"] == 3


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/facts?from=yesterday", "from"),
        ("/facts?from=2026-02-01&to=2026-01-01", "from"),
        ("/facts?from=2020-01-01&to=2026-01-01", "from"),
        ("/facts?form=2026-01-01", "form"),
        ("/stations?limit=0", "limit"),
        ("/stations?limit=many", "limit"),
        ("/stations?type=CASTLE", "type"),
        ("/indicators/supply/values?by=moon", "by"),
        ("/alarms?open=perhaps", "open"),
        ("/work-orders?state=lost", "state"),
        ("/stations/XM-0001/series", "point"),
        ("/stations/XM-0001/series?point=L.P_OUT&start=2026-01-02&end=2026-01-01", "start"),
        ("/stations/XM-0001/series?point=X.Y&start=2026-01-01&end=2026-01-02", "point"),
    ],
)
def test_a_bad_parameter_is_named_in_a_plain_sentence(
    cockpit: Dash, key: Callable[[str], str], path: str, parameter: str
) -> None:
    answer = ask(cockpit, key("engineer"), path)
    assert answer.status_code == 400
    assert answer.json["parameter"] == parameter
    assert len(answer.json["error"]) > 10


def test_lists_and_series_answer(cockpit: Dash, browser: Browser) -> None:
    client = browser("dispatcher")
    assert read(client, "/work-orders")["total"] == 0
    assert read(client, "/alarms")["total"] == 2
    path = f"/stations/XM-0001/series?point=L.P_OUT&start={FIRST}&end={LAST}"
    assert read(client, path)["columns"] == {"ts": [], "L.P_OUT": []}
    assert client.get(f"{BASE}/nonsense").status_code == 404


def test_the_query_gives_the_figure_again(
    stores: Stores, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What 'show me' hands out, pasted into DuckDB in the lake's folder."""
    write_days(stores, FIRST, 4)
    client = browser("engineer")
    for narrow in ("", "&district=east", "&station=XM-0001,XM-0005"):
        told = read(client, f"/indicators/specific_energy/explain?{SPAN}{narrow}")
        monkeypatch.chdir(stores.settings.lake)
        assert all(os.path.exists(f) for f in told["files"])  # noqa: PTH110
        row = duckdb.sql(told["query"]).fetchone()
        assert row is not None
        assert row[-1] == pytest.approx(told["figure"]["value"])
    assert told["definition"] == indicators()["specific_energy"].definition_zh
    assert told["total"] == 2
    assert [r[0] for r in told["rows"]] == ["XM-0001", "XM-0005"]
    csv = client.get(f"{BASE}/indicators/specific_energy/rows.csv?{SPAN}").get_data(as_text=True)
    assert len(csv.strip().splitlines()) == 7


@pytest.mark.parametrize("code", list(offered("administrator")))
def test_every_indicator_can_be_explained(browser: Browser, code: str) -> None:
    told = read(browser("administrator"), f"/indicators/{code}/explain?{SPAN}")
    assert told["expression"]
    assert date.fromisoformat(told["from"]) == FIRST
