"""The page of indicators: what a role sees, its files, its keys; and 'show me' beside a number."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import plotly.utils
import pytest
from flask.testing import FlaskClient

from components.show_me import address, show_me
from data.catalogue.indicators import indicators, offered
from data.rights import ROLES
from data.stores import Stores
from pages import indicators as page
from pages.desk import Desk
from pages.indicator_keys import made_key
from pages.indicator_rows import by_theme, rows_of
from tests.pages.conftest import call, view_of
from tests.pages.test_desk import DAY, TODAY, viewer, write_days

FROM = {"from": "2026-11-12", "to": "2026-11-22"}


def text_of(element: Any) -> str:
    return json.dumps(element, cls=plotly.utils.PlotlyJSONEncoder, ensure_ascii=False)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_role_sees_its_own_and_nothing_else(stores: Stores, role: str, language: str) -> None:
    shown = text_of(page.layout(stores, view_of(stores, role, language)))
    table = indicators()
    for code, row in table.items():
        there = f"/indicators/{code}/explain" in shown
        assert there == (code in offered(role)), code
        assert row.offered or f'"{row.name(language)}"' not in shown


def test_values_changes_and_courses(stores: Stores) -> None:
    write_days(stores, TODAY - 20 * DAY, 20)
    view = viewer(stores)
    rows = rows_of(Desk(stores), view, TODAY - 10 * DAY, TODAY - DAY, None)
    by_code = {row.indicator.code: row for row in rows}
    supply = by_code["supply"]
    assert supply.figure.value == pytest.approx(21_000)
    assert supply.change == pytest.approx(0.0)
    assert supply.course[-20:] == pytest.approx([2100.0] * 20)
    assert supply.course[:10] == [None] * 10
    assert by_code["night_flow_ratio"].figure.value == pytest.approx(0.25)
    assert by_code["interruption"].target == pytest.approx(0.5)
    assert by_code["interruption"].missed
    assert next(iter(by_theme(rows))) == "service"


def test_the_file_has_what_the_page_shows(stores: Stores, browser: Callable[..., Any]) -> None:
    write_days(stores, datetime.now(UTC).date() - 12 * DAY, 10)
    client: FlaskClient = browser("engineer")
    inputs = [
        {"id": {"index": kind, "type": "indicators-export"}, "property": "n_clicks",
         "value": 1 if kind == "csv" else None}
        for kind in ("csv", "xlsx")
    ]  # fmt: skip
    answer = call_file(client, inputs)
    table = base64.b64decode(answer["content"]).decode("utf-8-sig").splitlines()
    assert table[0].startswith("编号,指标,主题,数值,单位")
    assert len(table) == 1 + len(offered("engineer"))


def call_file(client: FlaskClient, inputs: list[dict[str, Any]]) -> dict[str, Any]:
    """Press CSV."""
    cookie = client.get_cookie("_csrf_token")
    assert cookie is not None
    body = {
        "output": "indicators-download.data",
        "outputs": {"id": "indicators-download", "property": "data"},
        "inputs": inputs,
        "state": [{"id": "indicators-asked", "property": "data", "value": {}}],
        "changedPropIds": ['{"index":"csv","type":"indicators-export"}.n_clicks'],
    }
    answer = client.post(
        "/_dash-update-component", json=body, headers={"X-CSRFToken": cookie.decoded_value}
    )
    assert answer.status_code == 200
    told: Any = answer.json
    found: dict[str, Any] = told["response"]["indicators-download"]["data"]
    return found


def test_a_key_is_shown_once_and_works(stores: Stores) -> None:
    view = view_of(stores, "engineer")
    listed, shown = made_key(stores, view, "nightly", 30)
    secret = shown[1].children
    assert secret not in text_of(listed)
    assert "nightly" in text_of(listed)
    found = stores.api_tokens.check(secret, datetime.now(UTC) + timedelta(days=1))
    assert found is not None
    assert found.username == "engineer"
    assert secret not in text_of(page.layout(stores, view))


def test_show_me_asks_for_what_stands_there(stores: Stores) -> None:
    view = viewer(stores, "engineer")
    told = address(view, "supply", start=TODAY - DAY, end=TODAY, district="east", type="")
    assert told == ("/api/v1/indicators/supply/explain?from=2026-11-21&to=2026-11-22&district=east")
    assert show_me(view, "supply") is not None
    assert show_me(viewer(stores, "inspector"), "energy") is None
    assert show_me(view, "complaint_rate") is None


def test_nobody_makes_a_key_without_a_session(stores: Stores, cockpit: Any) -> None:
    client = cockpit.server.test_client()
    output = "..indicators-keys.children...indicators-key-made.children.."
    assert call(client, output, [], csrf=False).status_code == 401
