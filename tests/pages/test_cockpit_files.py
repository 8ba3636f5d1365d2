"""The cockpit's tables as files: what stands on it, for the role; a wall gets none."""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from dash import Dash, html

from components.formats import midnight
from data.catalogue.indicators import indicators
from data.stores import Stores
from pages import cockpit as page
from pages.cockpit_files import file
from pages.walls import may_ask
from tests.pages.conftest import view_of
from tests.pages.test_cockpit import NOW, write_quarters
from tests.pages.test_standing import every


def taken(stores: Stores, role: str, asked: str, language: str = "en") -> list[dict[str, str]]:
    view = replace(view_of(stores, role, language), now=NOW)
    made = file(stores, view, page.ready_of(stores).city, asked)
    content = base64.b64decode(made["content"]).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def test_districts_have_their_alarms_and_figures(stores: Stores) -> None:
    write_quarters(stores, midnight(NOW, stores.settings.zone, 1), NOW, 10.0)
    east, west = taken(stores, "executive", "districts|csv")
    assert (east["Code"], west["Code"]) == ("east", "west")
    assert float(east[f"{indicators()['supply'].en} (m³) · today"]) == pytest.approx(3 * 57 * 10.0)
    assert float(west[f"{indicators()['specific_energy'].en} (kWh/m³) · 24 h"]) == pytest.approx(
        0.5
    )
    levels = [name for name in west if name.startswith("Active alarms")]
    assert len(levels) == 4
    opened = [row for row in stores.alarms.open() if row.district_id == 2]
    assert sum(int(west[name]) for name in levels) == len(opened) > 0
    [own] = taken(stores, "district_manager", "districts|csv")
    assert own["Code"] == "east"


def test_all_alarms_that_stand_the_worst_first(stores: Stores) -> None:
    rows = taken(stores, "dispatcher", "alarms|csv")
    assert len(rows) == len(stores.alarms.open())
    levels = [int(row["Level"]) for row in rows]
    assert levels == sorted(levels)


@pytest.mark.parametrize("asked", ["people|csv", "alarms|exe"])
def test_nothing_else_can_be_taken(stores: Stores, asked: str) -> None:
    with pytest.raises(KeyError):
        taken(stores, "administrator", asked)


def test_buttons_stand_on_the_page_and_walls_may_not_ask(stores: Stores, cockpit: Dash) -> None:
    content = page.layout(stores, view_of(stores, "engineer"))
    pressed = [part for part in every(content) if isinstance(part, html.Button)]
    ids: list[Any] = [part.id for part in pressed if hasattr(part, "id")]
    assert [part["index"] for part in ids] == [
        "districts|csv", "districts|xlsx", "alarms|csv", "alarms|xlsx",
    ]  # fmt: skip
    with cockpit.server.test_request_context(
        "/_dash-update-component", method="POST", json={"output": "cockpit-download.data"}
    ) as context:
        assert not may_ask(context.request, cockpit.callback_map)
