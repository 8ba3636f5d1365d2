"""The live feed: truth about values, states and ages, once per tick and scope."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from dash import Dash
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from data.snapshot import MISSING, Snapshot, write
from data.station_rows import EVERYWHERE
from data.stores import Stores
from pages import live, places
from tests.pages.conftest import COUNT, snapshot_of, view_of

Browser = Callable[[str], FlaskClient]


def body(answer: TestResponse) -> Any:
    assert answer.headers["Content-Encoding"] == "gzip"
    return json.loads(gzip.decompress(answer.get_data()))


def test_the_fleet_is_one_list_a_quantity(browser: Browser) -> None:
    got = body(browser("engineer").get("/api/live"))
    assert got["id"] == list(range(1, COUNT + 1))
    assert got["state"] == [2, 0, 0, 0, 0, 5]
    assert got["unack"] == [1, 0, 0, 0, 0, 0]
    assert (got["online"], got["total"]) == (COUNT - 1, COUNT)
    waiting = {"unacknowledged": 1, "unacknowledged_urgent": 1}
    assert got["levels"] == {"1": 0, "2": 1, "3": 1, "4": 0} | waiting
    assert got["p_out"][0] == 0.35
    assert got["q_out"][:2] == [7.0, 3.5]  # station 1 has two zones, 3.5 m³/h each
    assert got["level"][0] == 0.35
    assert got["power"][0] == 3.5


def test_a_missing_value_is_null_and_never_zero(stores: Stores) -> None:
    stations = stores.stations.all()
    snapshot = snapshot_of(stations, datetime.now(UTC))
    values = snapshot.values.copy()
    values[snapshot.line_of["L.P_OUT"], 1] = MISSING
    values[snapshot.line_of["L.Q_OUT"], 1] = MISSING
    values[snapshot.line_of["M.Q_OUT"], 0] = MISSING
    changed = Snapshot(
        **{**{f: getattr(snapshot, f) for f in snapshot.__dataclass_fields__}, "values": values}
    )
    got = live.fleet_arrays(changed, np.arange(COUNT))
    assert np.isnan(got["p_out"][1])
    assert np.isnan(got["q_out"][1])
    assert got["q_out"][0] == 3.5
    unknown = live.fleet_arrays(changed, np.array([-1]))
    assert unknown["state"].tolist() == [5]
    assert np.isnan(unknown["power"][0])


def test_one_district_sees_one_district(browser: Browser, stores: Stores) -> None:
    client = browser("district_manager")
    own = [s.id for s in stores.stations.all() if s.district_id == 1]
    assert body(client.get("/api/live"))["id"] == own
    assert body(client.get("/api/live"))["levels"]["2"] == 0
    assert client.get("/api/live/XM-0002").status_code == 200
    assert client.get("/api/live/XM-0001").status_code == 404
    assert set(client.get("/api/places/stations").get_json()["id"]) == set(own)
    assert list(client.get("/api/places/alarms").get_json()) == ["2"]
    names = [
        f["properties"].get("name") for f in client.get("/api/places/map").get_json()["features"]
    ]
    assert [n for n in names if n] == ["东区"]


def test_a_station_tells_all_its_points(browser: Browser) -> None:
    got = body(browser("engineer").get("/api/live/XM-0001"))
    assert got["points"]["L.P_OUT"] == [0.35, 0, 0.4]
    assert got["points"]["EL.E"][2] == 9.0
    assert "H.P_OUT" not in got["points"]
    assert (got["online"], got["level"], got["unacknowledged"]) == (True, 2, 1)


def test_what_one_has_is_not_sent_again(browser: Browser, stores: Stores) -> None:
    client = browser("engineer")
    first = client.get("/api/live")
    again = client.get("/api/live", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert float(again.headers["X-Data-Age"]) >= float(first.headers["X-Data-Age"])
    write(stores.settings.live, snapshot_of(stores.stations.all(), datetime.now(UTC), seq=2))
    assert (
        client.get("/api/live", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    )


def test_bytes_are_made_once_a_tick_and_scope(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, made = live.Feed(stores), []
    original = feed._fleet

    def counted(*values: Any) -> bytes:
        made.append(values)
        return original(*values)

    monkeypatch.setattr(feed, "_fleet", counted)
    one = feed.answer(EVERYWHERE, "")
    two = feed.answer(EVERYWHERE, "")
    assert one is not None
    assert two is not None
    assert one[0] is two[0]
    assert len(made) == 1


def test_codes_that_do_not_exist_fill_no_memory(stores: Stores) -> None:
    feed = live.Feed(stores)
    for n in range(live.KEPT * 2):
        assert feed.answer(EVERYWHERE, f"X-{n}") is None
    assert len(feed._made) == 0


def test_without_a_snapshot_there_is_nothing_and_no_error(browser: Browser, stores: Stores) -> None:
    client = browser("engineer")
    stores.settings.live.unlink()
    assert client.get("/api/live").status_code == 204
    assert client.get("/api/live/XM-0001").status_code == 404


def test_an_old_snapshot_says_its_age(browser: Browser, stores: Stores) -> None:
    client = browser("engineer")
    write(
        stores.settings.live,
        snapshot_of(stores.stations.all(), datetime.now(UTC) - timedelta(minutes=5)),
    )
    assert 300 <= float(client.get("/api/live").headers["X-Data-Age"]) < 320


def test_the_map_knows_places_and_worst_alarms(stores: Stores, cockpit: Dash) -> None:
    view = view_of(stores, "engineer", "en")
    found = places.places(stores, view)
    assert found["name"][0] == "Lakeside 1"
    assert "湖滨1期" in found["search"][0]
    assert found["district_code"][0] == "west"
    worst = places.worst_alarms(stores, view)
    assert worst["1"][:2] == [2, "unacknowledged"]
    assert worst["1"][2].endswith("pump 2, low zone")
    kinds = [f["properties"]["kind"] for f in places.features(stores, view)]
    assert kinds.count("district") == 2
    assert set(kinds) <= {"district", "coast", "road"}


def test_the_worst_alarm_stands_for_a_station_an_active_one_before_one_that_has_gone(
    stores: Stores,
) -> None:
    now = datetime.now(UTC)
    row = {"station_id": 1, "district_id": 2, "place": "L", "point": "L.P_OUT", "raw_at": now}
    stores.alarms.save(
        [
            {**row, "rule": "R-HY-02", "level": 1, "state": "returned", "active_at": now},
            {
                **row,
                "rule": "R-HY-01",
                "level": 1,
                "state": "acknowledged",
                "active_at": now - timedelta(hours=1),
            },
        ]
    )
    [level, state, _, _, count] = places.worst_alarms(stores, view_of(stores, "engineer"))["1"]
    assert (level, state, count) == (1, "acknowledged", 3)
