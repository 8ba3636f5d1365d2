"""The collector's diagnosis: from rows of the lake to frozen evidence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from data.lake_writer import LakeWriter
from data.settings import Settings
from data.snapshot import MISSING, Snapshot, write
from data.station_rows import DistrictRow, SetRow, StationRow
from data.stores import Stores, open_stores
from ingest.diagnosis import MOST, Diagnosing, whole_until
from ingest.diagnosis_window import Spot
from tests.data.lake_world import START

NOW = START + timedelta(minutes=40)
ALARM = START + timedelta(minutes=35)
COUNT = 8
CODES = {"L.P_OUT": 1000, "L.P_SET": 1000, "L.Q_OUT": 100, "L.P1.RUN": 1, "L.P1.FAULT": 1,
         "L.P1.VFD_CODE": 1, "L.P1.F": 100, "EL.MAINS_OK": 1, "EL.UPS_ON": 1,
         "CM.PLC_HB": 1}  # fmt: skip
HEALTHY = {"L.P_OUT": 0.5, "L.P_SET": 0.5, "L.Q_OUT": 12.0, "L.P1.RUN": 1.0, "L.P1.FAULT": 0.0,
           "L.P1.VFD_CODE": 0.0, "L.P1.F": 44.0, "EL.MAINS_OK": 1.0, "EL.UPS_ON": 0.0}  # fmt: skip


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    opened = open_stores(Settings(var=tmp_path, _env_file=None), writer=True)
    low = SetRow("L", 1, 1, 12, 300, 30.0, 0.5, 16.0, 52.0, 5.5, 11.0)
    rows = [
        StationRow(n, f"S{n}", "甲", "A", 1, "TANK_VFD", 1, "chengshui", f"h{n}", 1, 1, sets=(low,))
        for n in range(1, COUNT + 1)
    ]
    opened.stations.save([DistrictRow(1, "a", "甲", "A")], rows)
    yield opened
    opened.close()


def tell(stores: Stores, minutes: int, last: dict[str, float], station: int = 1) -> None:
    """Fast rows of so many minutes; `last` is what changes when the alarm's fault begins."""
    station_row = stores.stations.all()[station - 1]
    each = minutes * 30
    ts = round(START.timestamp() * 1000) + np.arange(each) * 2000
    after = ts >= round(ALARM.timestamp() * 1000) - 10_000
    table: dict[str, np.ndarray] = {"station": np.full(each, station), "ts": ts}
    for code, per_unit in CODES.items():
        values = np.full(each, HEALTHY.get(code, 0.0))
        values[after] = last.get(code, HEALTHY.get(code, 0.0))
        table[code] = np.rint(values * per_unit).astype(np.int64)
    table["CM.PLC_HB"] = np.arange(each)
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    file = writer.write("fast", f"{station_row.layout.key}-00", "piece", table)
    writer.commit([file], at=START)


def raise_alarm(stores: Stores, rule: str, **more: object) -> int:
    row = {
        "rule": rule, "station_id": 1, "district_id": 1, "place": "", "point": "", "level": 1,
        "state": "unacknowledged", "raw_at": ALARM - timedelta(seconds=5), "active_at": ALARM,
    }  # fmt: skip
    return stores.alarms.save([{**row, **more}])[0]


def test_a_power_cut_is_told_with_its_evidence(stores: Stores) -> None:
    tell(stores, 40, {"EL.MAINS_OK": 0.0, "EL.UPS_ON": 1.0, "L.P1.RUN": 0.0, "L.P1.F": 0.0,
                      "L.P_OUT": 0.0, "L.Q_OUT": 0.0})  # fmt: skip
    id = raise_alarm(stores, "R-EL-01")
    assert Diagnosing(stores).step(NOW) == 1
    found = stores.diagnoses.latest(id)
    assert found is not None
    assert found.causes[0].fault == "power_loss"
    assert "mains_off" in found.causes[0].supporting
    assert found.findings["mains_off"] == (True, 0.0)
    assert "pressure_low" not in found.findings or found.findings["pressure_low"][0] is None
    evidence = stores.diagnoses.evidence(id)
    assert evidence is not None
    assert evidence["at"].min() == pytest.approx(-1800.0)
    assert evidence["at"].max() == pytest.approx(58.0)
    assert set(evidence["EL.MAINS_OK"].to_list()) == {0.0, 1.0}
    assert Diagnosing(stores).step(NOW) == 0  # once, until something asks anew


def test_a_trip_with_a_code(stores: Stores) -> None:
    tell(stores, 40, {"L.P1.FAULT": 1.0, "L.P1.VFD_CODE": 4.0, "L.P1.RUN": 0.0, "L.P1.F": 0.0})
    id = raise_alarm(stores, "R-PU-05", place="L.P1", point="L.P1.VFD_CODE", level=2)
    Diagnosing(stores).step(NOW)
    found = stores.diagnoses.latest(id)
    assert found is not None and found.findings["code_shown"] == (True, 4.0)


def test_a_silent_station_is_a_matter_of_its_link_or_of_its_neighbours(stores: Stores) -> None:
    tell(stores, 33, {})
    ms = round(NOW.timestamp() * 1000)
    none = np.zeros(COUNT)

    def causes(neighbours: int) -> str:
        """The first cause while so many neighbours are silent, too."""
        fast = np.where(np.arange(COUNT) <= neighbours, ms - 400_000, ms)
        live = Snapshot(
            1, ms, np.arange(1, COUNT + 1), ("PH.P_MAIN",), np.full((1, COUNT), MISSING),
            np.zeros((1, COUNT)), fast, none, fast == ms, none, none,
        )  # fmt: skip
        write(stores.settings.live, live)
        id = raise_alarm(stores, "R-CM-01", level=3)
        Diagnosing(stores).step(NOW)
        found = stores.diagnoses.latest(id)
        assert found is not None
        assert found.findings["silent"][0]
        assert found.findings["pressure_low"][0] is None  # nobody believes an old value
        return found.causes[0].fault

    assert causes(0) == "link_lost"
    assert causes(3) == "carrier_outage"
    assert causes(COUNT - 1) == "platform_fault"


def test_a_windows_minute_has_to_be_in_the_lake(stores: Stores) -> None:
    tell(stores, 40, {})
    raise_alarm(stores, "R-EL-01")
    soon = ALARM + timedelta(seconds=65)
    assert Diagnosing(stores).step(soon) == 0
    assert Diagnosing(stores).step(ALARM + timedelta(seconds=135)) == 1
    assert whole_until(ALARM + timedelta(seconds=69)) < ALARM


def test_an_area_and_a_station_without_rows_are_judged_by_what_is_known(stores: Stores) -> None:
    area = raise_alarm(stores, "R-CM-06", station_id=None, level=2)
    gone = raise_alarm(stores, "R-HY-01", place="L", point="L.P_OUT")
    assert Diagnosing(stores).step(NOW) == 2
    for id in (area, gone):
        found = stores.diagnoses.latest(id)
        assert found is not None and found.causes
        assert stores.diagnoses.evidence(id) is None


def test_what_was_confirmed_moves_the_prior(stores: Stores) -> None:
    tell(stores, 40, {})
    diagnosing = Diagnosing(stores)
    crew = stores.users.create(
        "li", "Secret-1234", role="inspector", name_zh="李", name_en="Li", at=START
    )
    [sediment] = stores.solutions.list(["sediment"])
    for _ in range(30):
        id = raise_alarm(stores, "R-WQ-03", active_at=START - timedelta(days=9), level=4)
        order = stores.work_orders.create(1, "WT-14", 3, id, START).id
        stores.work_orders.take(order, crew, START)
        stores.work_orders.start(order, crew, START)
        stores.work_orders.finish(order, crew, START, "repaired", "cleaned", sediment.id)
    id = raise_alarm(stores, "R-WQ-03", level=3)
    diagnosing.step(NOW)
    found = stores.diagnoses.latest(id)
    assert found is not None and found.causes[0].fault == "sediment"


def test_a_storm_waits_for_its_turn(stores: Stores) -> None:
    for _ in range(MOST + 2):
        raise_alarm(stores, "R-EL-01")
    diagnosing = Diagnosing(stores)
    assert [diagnosing.step(NOW) for _ in range(3)] == [MOST, 2, 0]


def test_places() -> None:
    assert [Spot.of(p) for p in ("", "L", "M.P12", "T2")] == [
        Spot(), Spot("L"), Spot("M", 12), Spot(tank=2),
    ]  # fmt: skip
