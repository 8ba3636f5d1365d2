"""One sample corrected through the real pipeline: figures of the desk and of the pages follow and
say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from analytics.corrected import marked
from analytics.results import Figure, Quality, Reason, figure
from components.page import View
from data.settings import Settings
from data.stores import Stores, open_stores
from pages.demand_hours import HoursDesk
from pages.desk import Desk
from pages.energy_facts import EnergyDesk, Span
from pages.energy_sums import scene
from pages.indicator_rows import rows_of
from pages.leakage_facts import last_night, read_city
from pages.pumps_facts import PumpDesk
from pages.reach import reach
from tests.ingest.houses import MINUTE, START, T0
from tests.ingest.test_corrections import Town, made, town

__all__ = ["made", "town"]


@pytest.fixture
def stores(town: Town) -> Iterator[Stores]:
    folder = town.root.parent
    database = f"sqlite:///{folder / 'records.db'}"
    settings = Settings(
        var=folder, database_url=database, session_key="0123456789abcdef0123", _env_file=None
    )
    opened = open_stores(settings)
    yield opened
    opened.close()


def viewer(town: Town) -> View:
    """The engineer on the day after."""
    params = {"from": START.date().isoformat(), "to": START.date().isoformat()}
    return View(
        user=replace(town.lin, role="administrator"),
        zone=ZoneInfo("Asia/Shanghai"),
        now=START + timedelta(days=1),
        params=params,
    )


def told(stores: Stores, view: View, town: Town) -> dict[str, Figure]:
    """Figures of the day by many ways, each read anew."""
    day, plain = START.astimezone(view.zone).date(), figure(1.0, "", "")
    one, other = (house.id for house in town.houses)
    desk, codes = Desk(stores), ("supply", "lift_energy", "mean_daily_supply", "co2")
    found = {code: desk.figure(view, code, day, day) for code in codes}
    found["one"] = desk.figure(view, "lift_energy", day, day, stations=[one])
    found["other"] = desk.figure(view, "lift_energy", day, day, stations=[other])
    by_station = desk.figures(view, "lift_energy", day, day, ("station",))
    found["by station"] = by_station[one]
    found["by station, other"] = by_station[other]
    found["by day"] = desk.figures(view, "lift_energy", day, day, ("day",))[day]
    listed = {r.indicator.code: r.figure for r in rows_of(desk, view, day, day, None)}
    found["listed"] = listed["lift_energy"]
    of_energy = scene(view, EnergyDesk(stores).of(Span(day, day)), reach(stores, view))
    found |= {f"energy {n}": f for n, f in of_energy.now.figures().items() if n in ("eh", "eta")}
    found["energy cost"], found["energy co2"] = of_energy.money()[0], of_energy.carbon()
    found["pumps"] = PumpDesk(stores).of(day, day).marked(plain, one)
    hours = HoursDesk(stores).of(view.now)
    found["demand"], found["demand, other"] = (hours.marked(plain, [id]) for id in (one, other))
    city = read_city(stores, view.now, last_night(view.now, stores))
    row = city.row[one]
    found["leakage"] = marked(plain, float(city.corrected[row]), int(city.revisions[row]))
    return found


def test_one_sample_moves_every_figure_and_they_say_so(
    stores: Stores,
    town: Town,
) -> None:
    view = viewer(town)
    before, first = told(stores, view, town), worked(stores, view)
    assert all(one.version == 1 for one in before.values())
    at = town.table("fast").filter(pl.col("station") == town.houses[0].id)["ts"].to_list()[100]
    id = town.correct("L.Q_OUT", (at - T0) / MINUTE, 0.001, 33.3)
    after = told(stores, view, town)
    for name, one in after.items():
        same = name.endswith("other")
        assert (Reason.CORRECTED in one.reasons) is not same, name
        assert one.version == (1 if same else 2), name
        assert same or one.quality != Quality.GOOD, name
    assert all(a != b for a, b in zip(worked(stores, view), first, strict=True))
    town.undo(id)
    for name, one in told(stores, view, town).items():
        assert one.value == before[name].value and Reason.CORRECTED not in one.reasons, name
        assert one.version == (1 if name.endswith("other") else 3), name
    assert worked(stores, view) == first


def worked(stores: Stores, view: View) -> list[float]:
    """m³·MPa of the day by the desk, by day and station, and on the page of energy: of so few polls
    a minute ratios are too thin to be told."""
    day = START.astimezone(view.zone).date()
    desk, facts = Desk(stores), ("F.head_volume",)
    found = [float(desk.sums(view, facts, day, day, by)["F.head_volume"].sum())
             for by in ((), ("station",), ("day",), ("district",))]  # fmt: skip
    span = EnergyDesk(stores).of(Span(day, day))
    return [*found, scene(view, span, reach(stores, view)).now.head_volume or 0.0]
