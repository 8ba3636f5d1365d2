"""ISA-18.2 figures: worked examples, edges, and an independent count of alarms of others."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from analytics import alarm_nuisance as nuisance
from analytics import alarm_statistics as statistics
from analytics.results import Quality, Reason
from benchmarks.published import others_data
from tests.conftest import OTHERS

HOUR, MINUTE, SECOND = 3_600_000, 60_000, 1000
FOLDER = others_data() / "tep_alarms"


def span(minutes: float, since: int = 0) -> statistics.Span:
    return statistics.Span(0, round(minutes * MINUTE), since)


def acts(*rows: tuple[float, float | None], rule: str = "R", station: int | None = 1) -> Any:
    """Activations from (on, off) in seconds."""
    return pl.DataFrame(
        [(i, rule, station, 1, "", round(on * 1000), None if off is None else round(off * 1000))
         for i, (on, off) in enumerate(rows)],
        schema=nuisance.ACTIVATIONS, orient="row",
    )  # fmt: skip


def alarms(*rows: dict[str, Any]) -> pl.DataFrame:
    plain = {"rule": "R-HY-01", "station": 1, "district": 1, "place": "", "level": 2, "active": 0,
             "acknowledged": None, "cleared": None, "announced": True, "order": False,
             "outcome": ""}  # fmt: skip
    return pl.DataFrame(
        [{"id": i, **plain, **row} for i, row in enumerate(rows)], schema=statistics.ALARMS
    )


def test_golden_example_of_rate_and_flood() -> None:
    """G21: 18 alarms in an hour, 12 of them in the first 10 min; the flood ends with the next."""
    minutes = [0, 0.5, 1, 1.2, 2, 3, 3.5, 4, 4.2, 5, 6, 7, 12, 14, 19, 25, 31, 44]
    times = np.array([round(m * MINUTE) for m in minutes])
    rate = statistics.rate_of(times, span(60))
    assert rate.counts.tolist() == [12, 3, 1, 1, 1, 0]
    assert rate.floods == [(0, 10 * MINUTE)]
    told = statistics.rate_figures(rate, span(60))
    assert told["mean"].value == pytest.approx(3.0)
    assert told["worst"].value == 12
    assert told["over"].value == pytest.approx(16.6667, abs=1e-4)
    assert told["flood"].value == pytest.approx(100 / 6)
    assert statistics.distribution(rate.counts)[">10"] == pytest.approx(100 / 6)


def test_a_flood_lasts_until_fewer_than_five() -> None:
    counts = [11, 10, 5, 4, 10, 11, 5, 0]
    times = np.array([n * statistics.SLOT + i for n, c in enumerate(counts) for i in range(c)])
    rate = statistics.rate_of(times, span(80))
    assert rate.flooded.tolist() == [True, True, True, False, False, True, True, False]
    shared = statistics.rate_of(times, span(80), positions=2)
    assert shared.counts.max() == 5.5 and not shared.flooded.any()


def test_what_was_before_the_records_is_not_quiet_but_unknown() -> None:
    half = span(60, since=30 * MINUTE)
    rate = statistics.rate_of(np.array([0, 40 * MINUTE, 50 * MINUTE]), half)
    told = statistics.rate_figures(rate, half)["mean"]
    assert told.value == pytest.approx(2 / 3) and told.coverage == 0.5
    assert told.quality == Quality.UNCERTAIN and Reason.LOW_COVERAGE in told.reasons
    nothing = span(60, since=90 * MINUTE)
    none = statistics.rate_figures(statistics.rate_of(np.array([1]), nothing), nothing)
    assert {figure.value for figure in none.values()} == {None}
    assert statistics.alarm_figures(alarms(), nothing, 5)["station_day"].value is None


def test_three_activations_in_a_minute_chatter_and_spread_ones_do_not() -> None:
    [row] = nuisance.chattering(acts((0, 5), (30, 35), (60, 65))).to_dicts()
    assert (row["kind"], row["quick"], row["activations"]) == ("chatter", 3, 3)
    assert not nuisance.chattering(acts((0, 5), (30, 35), (60.001, 400))).height
    apart = pl.concat([acts((0, 5), (30, 35)), acts((60, 65), station=None)])
    assert not nuisance.chattering(apart).height, "each place for itself"


def test_more_than_five_transitions_in_five_minutes_chatter() -> None:
    assert nuisance.chattering(acts((0, 100), (140, 200), (240, 300)))["turns"].to_list() == [6]
    assert not nuisance.chattering(acts((0, 100), (140, 200), (240, 300.001))).height
    assert not nuisance.chattering(acts((0, 100), (140, 200), (240, None))).height


def test_ten_activations_in_a_day_are_the_long_cycle() -> None:
    hours = [(n * 2.6 * 3600, n * 2.6 * 3600 + 600) for n in range(10)]
    [row] = nuisance.chattering(acts(*hours)).to_dicts()
    assert (row["kind"], row["long"]) == ("long_cycle", 10)
    assert not nuisance.chattering(acts(*hours[:9])).height


def test_fleeting_is_short_and_alone() -> None:
    found = nuisance.fleeting(acts((0, 9.9), (500, 510), (1000, 1005), (1060, 1069), (2000, None)))
    assert found["on"].to_list() == [0]
    assert found["seconds"].to_list() == [9.9]
    assert nuisance.fleeting(acts((0, 5), (65.1, 70))).height == 2


def test_stale_for_more_than_a_day() -> None:
    h = 3600.0
    rows = acts((0, 24 * h), (10 * h, 35 * h), (20 * h, None), (90 * h, None))
    found = nuisance.stale(rows, 30 * HOUR, 96 * HOUR)
    assert found["hours"].to_list() == [76.0, 25.0]
    edges = np.array([n * 24 * HOUR for n in range(1, 5)])
    assert nuisance.stale_by_day(found, edges, 96 * HOUR).tolist() == [2, 1, 1]


def test_shares_times_and_orders() -> None:
    rows = [
        {"rule": f"R-{n % 12}", "station": n % 3, "level": 1 + n % 4, "active": n * MINUTE,
         "acknowledged": (n + 5) * MINUTE if n < 18 else None, "cleared": (n + 60) * MINUTE,
         "order": n % 2 == 0, "outcome": ("no_fault_found", "repaired", "")[n % 3] if n % 2 == 0
         else ""}
        for n in range(24)
    ]  # fmt: skip
    told = statistics.announced(alarms(*rows, {"announced": False}), span(1440))
    found = statistics.alarm_figures(told, span(1440), 6)
    value = {name: figure.value for name, figure in found.items()}
    assert (value["count"], value["station_day"]) == (24, 4)
    assert value["top_rules"] == pytest.approx(100 * 20 / 24)
    assert (value["false"], value["actionable"]) == (50, 50)
    assert (value["acknowledge_p50"], value["clear_p90"]) == (5, 60)
    assert found["acknowledge_p50"].coverage == 0.75
    assert [value[f"level_{n}"] for n in (1, 2, 3, 4)] == [25, 25, 25, 25]


def test_groups_tell_what_each_costs() -> None:
    rows = [{"rule": "A", "active": n, "cleared": n + MINUTE} for n in range(6)]
    rows += [{"rule": "B", "station": None, "active": 9, "order": True, "outcome": "repaired"}]
    day = span(1440)
    told = statistics.announced(alarms(*rows), day)
    empty = acts()
    noisy = pl.DataFrame(
        {"rule": ["A"], "station": [1], "district": [1], "place": [""]},
        schema={name: nuisance.ACTIVATIONS[name] for name in nuisance.SOURCE},
    )
    told = statistics.marked(told, noisy, empty, empty)
    everywhere = pl.DataFrame(
        {"rule": [None], "stations": [4]}, schema={"rule": pl.String, "stations": pl.Int64}
    )
    a, b = statistics.grouped(told, "rule", day, everywhere).to_dicts()
    assert (a["rule"], a["n"], a["chattering"], a["clear_p50"], a["station_day"]) == (
        "A", 6, 6, 1.0, 1.5,
    )  # fmt: skip
    assert (a["false"], b["false"], b["orders"], b["clear_p50"]) == (None, 0.0, 100.0, None)
    each = pl.DataFrame({"station": [1], "stations": [1]})
    [only] = statistics.grouped(told, "station", day, each).to_dicts()
    assert (only["n"], only["station_day"]) == (6, 6.0)


def published() -> Iterator[Path]:
    yield from sorted(FOLDER.glob("text_alarms_deadband_*.csv"))


def lines(file: Path) -> list[tuple[int, str, str]]:
    """(ms, what, 'on' or 'off') of a log; a state that is still on when it comes again stays so."""
    found = []
    with file.open(encoding="utf-8") as text:
        for row in csv.DictReader(text):
            kind, _, back = row["type"].partition(" ")
            at = datetime.fromisoformat(row["timestamp"][:26] + "+00:00")
            found.append((round(at.timestamp() * 1000), f"{row['tag']} {kind}",
                          "off" if back else "on"))  # fmt: skip
    return found


def paired(log: Sequence[tuple[int, str, str]]) -> list[tuple[str, int, int | None]]:
    """(what, on, off) of each activation."""
    found: list[tuple[str, int, int | None]] = []
    last: dict[str, int] = {}
    for at, what, turn in log:
        if turn == "on":
            last[what] = len(found)
            found.append((what, at, None))
        elif what in last:
            place = last.pop(what)
            found[place] = (what, found[place][1], at)
    return found


def most(times: list[int], within: int) -> int:
    return max(sum(a <= b <= a + within for b in times) for a in times)


def nuisances(by_source: dict[str, list[tuple[int, int | None]]], end: int) -> tuple[Any, ...]:
    """Sources that chatter with their kind, fleeting and stale activations: by loops."""
    chatter, brief, old = {}, [], []
    for what, each in by_source.items():
        ons = [on for on, _ in each]
        turns = [*ons, *(off for _, off in each if off is not None)]
        if most(ons, 60_000) >= 3 or most(turns, 300_000) > 5:
            chatter[what] = "chatter"
        elif most(ons, 24 * HOUR) >= 10:
            chatter[what] = "long_cycle"
        for i, (on, off) in enumerate(each):
            near = [
                off is None or off < b <= off + 60_000 or (d is not None and on - 60_000 <= d <= on)
                for b, d in each[:i] + each[i + 1 :]
            ]
            if off is not None and off - on < 10_000 and not any(near):
                brief.append((what, on))
            if (end if off is None else off) - on > 24 * HOUR:
                old.append((what, on))
    return chatter, brief, old


def test_alarms_of_a_simulated_plant_agree_with_an_independent_count() -> None:
    """A hundred logs, one a deadband: every figure against loops that know nothing of frames."""
    files = list(published())
    if not files:
        pytest.skip(f"{OTHERS}: {FOLDER}")
    total = 0
    for file in files:
        activations = paired(lines(file))
        if not activations:
            continue
        total += len(activations)
        start = min(on for _, on, _ in activations) // statistics.SLOT * statistics.SLOT
        end = max(max(on, off or on) for _, on, off in activations) + 1
        around = statistics.Span(start, end, start)
        rows = pl.DataFrame(
            [(i, what, 1, 1, "", on, off) for i, (what, on, off) in enumerate(activations)],
            schema=nuisance.ACTIVATIONS, orient="row",
        )  # fmt: skip

        slots = [0] * ((end - start + statistics.SLOT - 1) // statistics.SLOT)
        for _, on, _ in activations:
            slots[(on - start) // statistics.SLOT] += 1
        flood, inside = 0, False
        for count in slots:
            if count > 10:
                inside = True
            elif count < 5:
                inside = False
            flood += inside
        rate = statistics.rate_of(rows["on"].to_numpy(), around)
        told = statistics.rate_figures(rate, around)
        assert rate.counts.tolist() == slots
        assert told["worst"].value == max(slots)
        assert told["over"].value == pytest.approx(100 * sum(c > 10 for c in slots) / len(slots))
        assert told["flood"].value == pytest.approx(100 * flood / len(slots))

        by_source: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
        for what, on, off in activations:
            by_source[what].append((on, off))
        ordered = sorted((len(each) for each in by_source.values()), reverse=True)
        told_top = statistics.counts_by(rows, "rule")
        assert told_top["n"].to_list() == ordered

        chatter, brief, old = nuisances(by_source, end)
        found = nuisance.chattering(rows)
        assert dict(zip(found["rule"], found["kind"], strict=True)) == chatter, file.name
        short = nuisance.fleeting(rows)
        assert sorted(zip(short["rule"], short["on"], strict=True)) == sorted(brief)
        lasting = nuisance.stale(rows, start, end)
        assert sorted(zip(lasting["rule"], lasting["on"], strict=True)) == sorted(old)
    assert total == 7318
