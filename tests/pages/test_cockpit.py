"""The cockpit's figures from a lake that the test writes, and its face without any."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import plotly.utils
import pytest

from components.flat import rendered
from components.formats import midnight
from data.catalogue.indicators import indicators
from data.lake_writer import LakeWriter
from data.station_rows import EVERYWHERE, Scope
from data.stores import Stores
from pages import cockpit, cockpit_lists, cockpit_supply, cockpit_tiles
from pages.cockpit_facts import CityFacts, FactsDesk
from pages.cockpit_later import LaterDesk
from tests.pages.conftest import view_of

NOW = datetime(2026, 11, 22, 6, 20, tzinfo=UTC)  # 14:20 at the site
QUARTER = timedelta(minutes=15)


def text_of(element: Any) -> str:
    return json.dumps(element, cls=plotly.utils.PlotlyJSONEncoder, ensure_ascii=False)


def write_quarters(
    stores: Stores, start: datetime, end: datetime, volume: float, cost: float = 0.5
) -> None:
    """The same facts in every quarter of [start, end) for all stations; `cost` in kWh/m³."""
    ids = [s.id for s in stores.stations.all()]
    times = [start + QUARTER * i for i in range(int((end - start) / QUARTER))]
    n = len(ids) * len(times)
    ms = np.array([int(t.timestamp() * 1000) for t in times])
    table = {
        "station": np.repeat(np.array(ids, np.int32), len(times)),
        "ts": np.tile(ms, len(ids)),
        "polls": np.full(n, 450),
        "seconds": np.full(n, 900.0),
        "F.volume": np.full(n, volume),
        "F.energy": np.full(n, volume * cost),
        "F.demanded_s": np.full(n, 1000.0),
        "F.pressure_ok_s": np.full(n, 985.0),
        "F.quality_s": np.full(n, 900.0),
        "F.quality_ok_s": np.full(n, 900.0),
        "F.online_s": np.full(n, 900.0),
        "F.expected_s": np.full(n, 900.0),
        "F.lost_s": np.where(np.repeat(np.array(ids), len(times)) == 6, 60.0, 0.0),
        "WQ.CL_OUT": np.full(n, 300 * 10),
    }
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    writer.commit([writer.write("quarter", "TANK_VFD-2-1-00", "day", table)], at=NOW)


@pytest.fixture
def facts(stores: Stores) -> CityFacts:
    zone = stores.settings.zone
    write_quarters(stores, midnight(NOW, zone, 1), midnight(NOW, zone), 8.0)
    write_quarters(stores, midnight(NOW, zone), NOW - timedelta(minutes=5), 10.0)
    return FactsDesk(stores).of(EVERYWHERE, NOW)


def test_water_since_the_sites_midnight(facts: CityFacts) -> None:
    quarters = 57  # 00:00 to 14:15 at the site
    assert facts.value(indicators()["supply"]) == pytest.approx(6 * quarters * 10.0)
    assert facts.same_time(0) == pytest.approx(6 * quarters * 10.0)
    assert facts.same_time(1) == pytest.approx(6 * quarters * 8.0)
    assert facts.flow(0)[0] == pytest.approx(6 * 10.0 * 4)
    assert len(facts.flow(1)) == 96


def test_what_ran_while_nobody_was_heard_is_no_peak_when_somebody_is(stores: Stores) -> None:
    """01:00 to 02:00 without the collector: the quarter after it has the water of five."""
    start = midnight(NOW, stores.settings.zone)
    write_quarters(stores, start, start + 4 * QUARTER, 10.0)
    write_quarters(stores, start + 8 * QUARTER, start + 9 * QUARTER, 50.0)
    write_quarters(stores, start + 9 * QUARTER, start + 10 * QUARTER, 12.0)
    facts = FactsDesk(stores).of(EVERYWHERE, start + 11 * QUARTER)
    usual = 6 * 10.0 * 4
    assert facts.flow(0) == pytest.approx([*[usual] * 9, 1.2 * usual, None])
    assert facts.same_time(0) == facts.value(indicators()["supply"])


def test_ratios_are_ratios_of_sums(facts: CityFacts) -> None:
    table = indicators()
    assert facts.value(table["pressure_compliance"]) == pytest.approx(98.5)
    assert facts.value(table["specific_energy"]) == pytest.approx(0.5)
    assert facts.value(table["online_rate"]) == pytest.approx(100.0)
    assert facts.value(table["quality_compliance"]) == pytest.approx(100.0)


def test_a_ratio_of_the_row_is_that_of_24_hours_and_not_of_a_few_after_midnight(
    stores: Stores,
) -> None:
    """Half past midnight: two quarters at 0.9 kWh/m³ after a day at 0.5, of which 94 quarters
    lie in the last 24 h."""
    start, table = midnight(NOW, stores.settings.zone), indicators()
    write_quarters(stores, start - timedelta(days=1), start, 8.0)
    write_quarters(stores, start, start + 2 * QUARTER, 8.0, cost=0.9)
    facts = FactsDesk(stores).of(EVERYWHERE, start + timedelta(minutes=31))
    assert facts.value(table["specific_energy"]) == pytest.approx(0.9)
    assert facts.last_24h(table["specific_energy"]) == pytest.approx((94 * 0.5 + 2 * 0.9) / 96)
    assert facts.daily(table["specific_energy"])[-1] == facts.last_24h(table["specific_energy"])
    assert facts.last_24h(table["interruption"]) == pytest.approx(96 * 600 / 2100)
    assert facts.last_24h(table["pressure_compliance"], 1) == pytest.approx(98.5)


def test_lost_water_is_weighted_by_homes(facts: CityFacts) -> None:
    """Station 6 has 600 of the town's 2,100 homes and one zone: 57 minutes without water."""
    assert facts.value(indicators()["interruption"]) == pytest.approx(57 * 600 / 2100)


def test_a_district_has_its_own_figures(facts: CityFacts) -> None:
    quarters = 57
    assert facts.value(indicators()["supply"], 1) == pytest.approx(3 * quarters * 10.0)
    assert facts.value(indicators()["supply"], 7) is None


def test_a_scope_reads_its_own_stations_only(stores: Stores, facts: CityFacts) -> None:
    own = FactsDesk(stores).of(Scope(1), NOW)
    assert own.value(indicators()["supply"]) == pytest.approx(3 * 57 * 10.0)
    assert own.stations == 3


def test_missing_facts_are_no_figures(stores: Stores) -> None:
    empty = FactsDesk(stores).of(EVERYWHERE, NOW)
    assert [empty.value(row) for row in indicators().values()] == [None] * len(indicators())
    assert empty.same_time(1) is None
    assert empty.mean(indicators()["specific_energy"]) is None
    assert all(v is None for v in empty.flow(0))


def test_facts_are_read_once_a_minute(stores: Stores) -> None:
    desk = FactsDesk(stores)
    assert desk.of(EVERYWHERE, NOW) is desk.of(EVERYWHERE, NOW + timedelta(seconds=30))


def test_a_missed_target_shows_as_an_alarm_and_a_kept_one_does_not(
    stores: Stores, facts: CityFacts
) -> None:
    view = view_of(stores, "executive")
    assert (
        "broken l2" in cockpit_tiles.ratio_tile(view, facts, "pressure_compliance", "/").className
    )
    assert (
        "broken" not in cockpit_tiles.ratio_tile(view, facts, "quality_compliance", "/").className
    )
    tile = text_of(cockpit_tiles.ratio_tile(view, facts, "pressure_compliance", "/"))
    assert "98.50" in tile
    assert "≥ 99.00" in tile


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_any_data_nothing_is_zero_and_nothing_fails(stores: Stores, language: str) -> None:
    view = view_of(stores, "executive", language)
    figure, tiles, bullets, quality, cards, _, hours, year, worst = cockpit.show_facts(
        stores, view, FactsDesk(stores), LaterDesk(stores)
    )
    assert view.text("cockpit.no_history") in text_of(figure)
    values = [t.children[1].children[0].children for t in tiles]
    assert values == ["—"] * 6
    for part in (bullets, quality, cards, year):
        assert "—" in text_of(part)
    assert view.text("cockpit.no_history") in text_of(hours)
    assert "aria-busy" in text_of(worst)


def test_the_chart_compares_today_with_yesterday(stores: Stores, facts: CityFacts) -> None:
    figure = cockpit_supply.supply_figure(view_of(stores, "executive"), facts)
    yesterday, today = figure.data
    assert (yesterday.name, yesterday.line.dash) == ("昨日", "dot")
    assert (today.name, today.line.width, today.connectgaps) == ("今日", 2, False)
    assert len(today.y) == 57


def test_lists_tell_what_waits(stores: Stores) -> None:
    view = view_of(stores, "dispatcher", "en")
    tiles, alarms, link, orders, count = cockpit.show_lists(stores, view)
    body = rendered(alarms).partition("<tbody>")[2]
    first, second = body.split("</tr>")[:2]
    assert first.startswith('<tr class="row-l2"')
    assert "class" not in second.partition(">")[0]
    assert "Lakeside 1" in first
    assert "pump 2, low zone" in first
    assert "/alarms" in text_of(link)
    assert tiles[0].children[1].children[0].children == "2"
    assert view.text("cockpit.no_orders") in text_of(orders)
    assert count == "0 open"


def test_one_district_sees_its_own_alarms(stores: Stores) -> None:
    view = view_of(stores, "district_manager")
    _, alarms, *_ = cockpit.show_lists(stores, view)
    assert "湖滨2期" in text_of(alarms)
    assert "湖滨1期" not in text_of(alarms)


def test_an_order_past_its_time_says_how_long(stores: Stores) -> None:
    now = datetime.now(UTC)
    stores.work_orders.create(1, "WT-01", 2, None, now - timedelta(hours=2))
    view = view_of(stores, "dispatcher")
    _, _, _, orders, count = cockpit.show_lists(stores, view)
    assert "在办 1" in count
    assert "+1h" in text_of(orders)
    [row] = stores.work_orders.list()
    assert cockpit_lists.due(row) == row.respond_by


def test_every_place_of_the_layout_is_filled_by_a_callback(stores: Stores) -> None:
    layout = text_of(cockpit.layout(stores, view_of(stores, "executive")))
    for place in (cockpit.KPI, cockpit.WORK, cockpit.SUPPLY, cockpit.ENERGY, cockpit.ORDERS):
        assert f'"{place}"' in layout


def broken_files(stores: Stores, dataset: str) -> None:
    """Every file of a dataset becomes one that nobody can read."""
    files = [f for f in stores.settings.lake.rglob("*.parquet") if dataset in f.parts]
    assert files
    for file in files:
        file.write_bytes(b"not a Parquet file")


def test_a_broken_file_fails_the_panels_that_need_it_and_no_other(stores: Stores) -> None:
    zone = stores.settings.zone
    write_quarters(stores, midnight(NOW, zone, 1), NOW - timedelta(minutes=5), 10.0)
    broken_files(stores, "quarter")
    view, desk = replace(view_of(stores, "executive"), now=NOW), FactsDesk(stores)
    figure, tiles, bullets, quality, cards, _, hours, year, worst = cockpit.show_facts(
        stores, view, desk, LaterDesk(stores)
    )
    failed = view.text("state.failed")
    assert failed in text_of(figure)
    named = view.text("state.damaged", name=view.text("system.dataset_quarter"), dataset="quarter")
    for part in (*tiles, bullets, quality, cards, hours, year):
        assert named in text_of(part)
        assert f'"data-retry": "{cockpit.SLOW}"' in text_of(part)
    assert failed not in text_of(worst)
    lists = cockpit.show_lists(stores, view)
    assert failed not in text_of(lists)
    assert "湖滨1期" in text_of(lists)


def test_a_panel_that_failed_is_well_again_when_its_file_is(stores: Stores) -> None:
    zone = stores.settings.zone
    write_quarters(stores, midnight(NOW, zone), NOW - timedelta(minutes=5), 10.0)
    [file] = stores.settings.lake.rglob("*.parquet")
    good = file.read_bytes()
    broken_files(stores, "quarter")
    desk = FactsDesk(stores)
    assert desk.of(EVERYWHERE, NOW).broken
    file.write_bytes(good)
    facts = desk.of(EVERYWHERE, NOW)
    assert not facts.broken
    assert facts.value(indicators()["supply"]) == pytest.approx(6 * 57 * 10.0)


def test_a_curve_that_stands_says_since_when(stores: Stores, facts: CityFacts) -> None:
    view = replace(view_of(stores, "executive"), now=NOW)
    assert cockpit_supply.stopped_words(view, facts) == ""
    later = replace(view, now=NOW + timedelta(hours=2))
    assert "14:15" in cockpit_supply.stopped_words(later, facts)
