"""The past in the lake: what it covers, that it adds up, and that it meets the present."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from analytics.rollups import ABSENT, MISSING, cascade
from data.database import Database
from data.lake import Lake
from data.lake_writer import LakeWriter
from data.manifest import Manifest
from data.stations import StationRow
from ingest.cascade import Cascade
from ingest.daily import Daily
from simulator import city
from simulator.history_blocks import blocks, halves
from simulator.history_days import steady_days
from simulator.history_files import Files
from simulator.history_past import Chunk, Past, chunks
from simulator.history_rows import BlockDays
from simulator.outages import lost_links, power_failures
from simulator.parameters import parameters
from simulator.quasi import Quasi

ZONE = ZoneInfo("Asia/Shanghai")
BORN = datetime(2026, 3, 20, 10, 37, tzinfo=ZONE)
BORN_MS = round(BORN.timestamp() * 1000)
BIRTH = BORN.toordinal()
ROWS = city.stations(9, 1, 5020)
PLAN = [*chunks(BIRTH)[:4], Chunk("quarter", (BIRTH - 4, BIRTH - 5)),
        Chunk("hour", tuple(range(BIRTH - 6, BIRTH - 13, -1)))]  # fmt: skip
DAY = timedelta(days=1)


class World:
    """A lake with some of the past in it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.db = Database(url)
        self.manifest = Manifest(self.db)
        self.writer = LakeWriter(folder / "lake", self.manifest)
        self.lake = Lake(folder / "lake", self.manifest)

    def files(self, born_ms: int = BORN_MS, rows: Sequence[StationRow] = ROWS) -> Files:
        past = Past(blocks(rows, {r.id for r in rows}), 1, born_ms, ZONE)
        return Files(past, self.writer, born_ms)

    def make(self, plan: list[Chunk]) -> None:
        files = self.files()
        for chunk in plan:
            missing = files.missing(chunk)
            files.commit([r for rows in files.make(chunk, missing) for r in rows])

    def fleet(self, codes: list[str], dataset: str, days: tuple[float, float]) -> pl.DataFrame:
        start, end = (
            datetime.combine(BORN.date(), datetime.min.time(), ZONE) - d * DAY for d in days
        )
        return self.lake.fleet(codes, start, end, dataset)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> World:
    folder = tmp_path_factory.mktemp("past")
    (folder / "pumphouse.db").write_bytes(_sqlite_template.read_bytes())
    made = World(folder, f"sqlite:///{folder / 'pumphouse.db'}")
    made.make(PLAN)
    return made


def test_the_plan_has_every_day_once_and_the_newest_first() -> None:
    days = [day for chunk in chunks(BIRTH) for day in chunk.days]
    assert days == list(range(BIRTH, BIRTH - 401, -1))
    tiers = {chunk.tier: 0 for chunk in chunks(BIRTH)}
    for chunk in chunks(BIRTH):
        tiers[chunk.tier] += len(chunk.days)
        assert len({date.fromordinal(day).month for day in chunk.days}) == 1 or chunk.tier != "hour"
    assert tiers == {"minute": 4, "quarter": 32, "hour": 365}


def test_work_is_shared_out_evenly_and_completely() -> None:
    rows = city.stations(600, 1, 5020)
    made = blocks(rows, {row.id for row in rows if row.id % 7})
    shares = halves(made, 2)
    ids = [row.id for share in shares for block in share for row in block.rows]
    assert sorted(ids) == [row.id for row in rows if row.id % 7]
    load = [sum(len(b.rows) * len(b.columns) for b in share) for share in shares]
    assert max(load) < 1.1 * min(load)
    assert all(len({row.layout for row in b.rows}) == 1 for b in made)


def test_every_row_ended_before_the_birth(world: World) -> None:
    for dataset, grain in (("minute", 60_000), ("quarter", 900_000), ("hour", 3_600_000)):
        files = world.manifest.live(dataset)
        assert max(f.to_ms for f in files) + grain <= BORN_MS
        assert BORN_MS - max(f.to_ms for f in files) - grain < grain
        assert {f.origin for f in files} == {"history"}
    days = world.lake.facts("station_day", BORN.date() - 30 * DAY, BORN.date())
    assert days["day"].max() == BORN.date() - DAY
    assert days.height == 12 * len(ROWS)


def test_rows_of_the_step_of_the_birth_wait_for_the_collector(world: World) -> None:
    quarter, hour = BORN_MS - BORN_MS % 900_000, BORN_MS - BORN_MS % 3_600_000
    for dataset, cut in (("minute", quarter), ("quarter", hour)):
        for file in world.manifest.live(dataset):
            assert (file.span == "piece") == (file.from_ms >= cut)
            assert file.from_ms >= cut or file.to_ms < cut


def test_no_row_is_missing_and_none_is_twice(world: World) -> None:
    for dataset, minutes, days in (("minute", 1, 3), ("quarter", 15, 5), ("hour", 60, 12)):
        rows = world.fleet(["F.expected_s"], dataset, (12.0, -1.0))
        past = (BORN.hour * 60 + BORN.minute) // minutes
        assert rows.height == len(ROWS) * (days * 1440 // minutes + past)
        assert rows.select("station", "ts").is_unique().all()


def test_meters_meet_their_reference_and_only_count_up(world: World) -> None:
    rows = world.fleet(
        ["PH.V_IN", "EL.E", "L.V_OUT", "L.P1.HOURS", "L.P1.STARTS"], "minute", (3.0, -1.0)
    )
    start = Quasi(ROWS, 1, BIRTH).reference()
    first = {"PH.V_IN": start.inlet, "EL.E": start.energy}
    first |= {"L.V_OUT": start.outlet[Quasi(ROWS, 1, BIRTH).shape.zone == 0]}
    for code, reading in first.items():
        last = rows.group_by("station").agg(pl.col(code).drop_nulls().last()).sort("station")
        np.testing.assert_allclose(last[code], reading, atol=1.01)  # a register's last digit
    for _, some in rows.group_by("station"):
        for code in ("PH.V_IN", "EL.E", "L.V_OUT", "L.P1.HOURS", "L.P1.STARTS"):
            assert (some[code].drop_nulls().diff().drop_nulls() >= 0).all()


@pytest.mark.parametrize("code", ["EL.E", "L.V_OUT", "PH.V_IN"])
def test_increases_are_the_differences_of_the_readings_through_all_tiers(
    world: World, code: str
) -> None:
    exchanged = {
        ROWS[int(s)].id
        for s in Quasi(ROWS, 1, BIRTH).shape.station[Quasi(ROWS, 1, BIRTH).exchanged > 0]
    }
    rows = world.fleet([code, f"{code}.inc"], "hour", (12.0, -1.0))
    for (station,), some in rows.group_by("station"):
        known = some.drop_nulls(code).sort("ts")
        if station in exchanged or known.height < 2:
            continue
        gone = known[code][-1] - known[code][0]
        assert known[f"{code}.inc"][1:].sum() == pytest.approx(gone, abs=1e-6)


def test_hours_add_up_to_the_day(world: World) -> None:
    hours = world.fleet(["F.volume", "F.energy", "F.online_s", "F.starts"], "hour", (12.0, 0.0))
    hours = hours.with_columns(day=pl.col("ts").dt.convert_time_zone(str(ZONE)).dt.date())
    sums = hours.group_by("station", "day").agg(pl.col("^F[.].*$").sum()).sort("station", "day")
    days = world.lake.facts("station_day", BORN.date() - 12 * DAY, BORN.date()).sort(
        "station", "day"
    )
    for name in ("F.volume", "F.energy", "F.online_s", "F.starts"):
        np.testing.assert_allclose(sums[name], days[name], rtol=1e-5, atol=1e-9)
    assert (days["F.volume"] > 1.0).all()
    assert days["coverage"].max() == pytest.approx(1.0)
    assert (days["mnf"].drop_nulls() > 0).all()


def test_coarse_rows_are_what_the_cascade_makes_of_fine_ones(world: World) -> None:
    """The same means to half a hundredth, the same counters and facts."""
    files = world.files()
    day = next(d for d in range(BIRTH - 1, BIRTH - 200, -1) if _troubled(d))
    block = max(files.past.blocks, key=lambda b: len(b.rows))
    part = next(p for p in files.past.parts("minute") if p.blocks[0].ids[0] == block.ids[0])
    rows = BlockDays([files.past.back(part, day, 60.0)], part.blocks[0], True)
    tables = rows.tables({"minute": 1, "quarter": 15})
    fine = {name: _widened(values) for name, values in tables["minute"].items()}
    slow = frozenset(c.code for c in block.columns if c.point.block == "slow")
    expected = cascade(fine, block.kinds, slow, 900_000)
    for name, values in tables["quarter"].items():
        if name.startswith("F.") or name == "seconds":
            np.testing.assert_allclose(values, expected[name], rtol=1e-5, atol=1e-6, err_msg=name)
        elif block.kinds.get(name) != "last":
            close = abs(_widened(values).astype(float) - expected[name]) <= 1.01
            assert close.all(), name


def _widened(values: np.ndarray) -> np.ndarray:
    """As the collector has it: int64 with its own MISSING."""
    if values.dtype != np.int32:
        return values
    return np.where(values == ABSENT, MISSING, values.astype(np.int64))


def _troubled(day: int) -> bool:
    shape = parameters(ROWS, 1)
    return bool(lost_links(shape, day).any.any() or power_failures(shape, day).any.any())


def alone(row: StationRow) -> Past:
    """The past of one station of a larger city."""
    return Past(blocks([row], {row.id}), 1, BORN_MS, ZONE)


def test_a_lost_link_leaves_empty_rows_and_no_volume_is_lost() -> None:
    rows = city.stations(300, 1, 5020)
    shape = parameters(rows, 1)
    day, i = next(
        (day, int(i))
        for day in range(BIRTH - 4, BIRTH - 60, -1)
        for spells in [lost_links(shape, day)]
        for i in np.flatnonzero(spells.end - spells.begin > 180.0)
    )
    past = alone(rows[i])
    made = past.back(past.parts("quarter")[0], day, 900.0)
    some = BlockDays([made], past.blocks[0], True)
    table = some.tables({"quarter": 1})["quarter"]
    silent = made.online[0] == 0.0
    assert silent.sum() >= 11
    assert (table["EL.P"][silent] == ABSENT).all()
    assert (table["seconds"][silent] == 0.0).all()
    assert (table["F.volume"][silent] > 0.0).all(), "shared out evenly"
    assert np.ptp(table["F.inflow"][silent]) <= 1.01
    assert (table["F.expected_s"] == 900.0).all()
    assert (table["EL.P"][~silent] != ABSENT).all()
    assert table["F.energy"].sum() == pytest.approx(made.counted.energy.sum(), abs=1.0)
    assert table["F.inflow"].sum() == pytest.approx(made.counted.inlet.sum(), abs=2.0)


def test_a_new_meter_begins_at_noon_of_its_day() -> None:
    rows = city.stations(700, 1, 5020)
    quasi = Quasi(rows, 1, BIRTH)
    s = int(np.argmax(quasi.exchanged))
    day, row = int(quasi.exchanged[s]), rows[int(quasi.shape.station[s])]
    assert day > BIRTH - 80
    past = alone(row)
    part = past.parts("hour")[0]
    for later in range(BIRTH, day, -1):
        past.back(part, later, 3600.0)
    made = past.back(part, day, 3600.0)
    zone = next(iter(past.blocks[0].zones))
    table = BlockDays([made], past.blocks[0], False).tables({"hour": 1})["hour"]
    reading, increase = table[f"{zone}.V_OUT"] / 100.0, table[f"{zone}.V_OUT.inc"] / 100.0
    daily = made.counted.outlet[0].sum()
    assert reading[12] < 0.2 * daily * (BIRTH - day) + 100.0
    assert reading[11] > 4 * 300 * daily
    assert (np.diff(reading[:12]) >= 0).all()
    assert (np.diff(reading[12:]) >= 0).all()
    assert increase.sum() == pytest.approx(daily, abs=3.0)
    before = past.back(part, day - 1, 3600.0)
    old = reading[0] - increase[0]
    assert before.readings.outlet[0, -1] == pytest.approx(old, abs=1.01)


def test_what_is_gone_is_made_again_just_as_it_was(world: World) -> None:
    chunk = PLAN[4]
    start, end = world.files().past.bounds(chunk)
    names = ["L.Q_OUT", "EL.E", "F.energy"]
    before = world.fleet(names, "quarter", (12.0, -1.0))
    gone = [f for f in world.manifest.live("quarter", None, start, end) if f.from_ms >= start]
    assert world.files().missing(chunk) == set()
    world.writer.commit([], gone, at=datetime.now(UTC))
    world.writer.commit([], [f for d in ("hour", "station_day", "pump_day", "set_day", "household")
                             for f in world.manifest.live(d, None, start, end)
                             if f.from_ms >= start], at=datetime.now(UTC))  # fmt: skip
    assert len(world.files().missing(chunk)) == len(world.files().past.blocks)
    assert world.fleet(names, "quarter", (12.0, -1.0)).height < before.height
    world.make(PLAN)
    assert world.fleet(names, "quarter", (12.0, -1.0)).equals(before)
    files = world.manifest.live("household")
    meters = pl.concat([pl.read_parquet(world.lake.root / f.path) for f in files])
    assert meters.select("station", "ts", "meter").is_unique().all()
    days = meters["ts"].cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    told = days.dt.convert_time_zone(str(ZONE)).dt.strftime("%a %H:%M").unique().sort().to_list()
    assert told == ["Mon 00:00", "Thu 10:00"]


def test_a_trend_of_twelve_days_has_no_hole_at_the_seams_of_the_tiers(world: World) -> None:
    row = ROWS[0]
    some = world.lake.series(row, ["L.P_OUT", "EL.P"], BORN - 12 * DAY, BORN, points=5000)
    assert some.frame["L.P_OUT"].null_count() == 0
    assert max(some.frame["ts"].diff().drop_nulls().to_list()) <= timedelta(hours=1)
    pressure = some.frame["L.P_OUT"]
    assert pressure.mean() == pytest.approx(row.sets[0].setpoint, abs=0.02)


def test_pumps_of_the_past_lie_on_their_curves(world: World) -> None:
    facts = world.lake.facts("pump_day", BORN.date() - 12 * DAY, BORN.date())
    shape = parameters(ROWS, 1)
    ledger = Quasi(ROWS, 1, BIRTH).ledger
    sick = np.any([first <= BIRTH for first in ledger.first.values()], axis=0)
    healthy = {row.id for row, bad in zip(ROWS, sick, strict=True) if not bad}
    some = facts.filter(pl.col("station").is_in(list(healthy)) & (pl.col("n") >= 3))
    assert some.height > 50
    head = (some["h"] / some["n"]).to_numpy()
    flow = (some["q"] / some["n"]).to_numpy()
    at = {
        (ROWS[int(i)].id, "LMH"[z]): s
        for s, (i, z) in enumerate(zip(shape.station, shape.zone, strict=True))
    }
    place = np.array([at[key] for key in some.select("station", "zone").iter_rows()])
    expected = shape.curve.shutoff_head[place] - shape.curve.c[place] * flow**2
    np.testing.assert_allclose(head, expected, rtol=0.03)


def test_sets_of_the_past_hold_their_setpoint_and_balance(world: World) -> None:
    """Flow, lift and power of the steady windows are those of the quasi-steady truth."""
    facts = world.lake.facts("set_day", BORN.date() - 12 * DAY, BORN.date())
    assert facts["day"].n_unique() == 12
    row = next(r for r in ROWS if r.tanks and len(r.sets) == 1)
    quasi = Quasi([row], 1, BIRTH)
    day = quasi.day(BIRTH - 4, 900.0)
    some = facts.filter((pl.col("station") == row.id) & (pl.col("day") == BORN.date() - 4 * DAY))
    run, awake = day.sets, day.sets.awake[0] >= 1.0
    share = 900.0 / 900.0  # a step of the past counts as one window
    assert some["n"].sum() == pytest.approx(awake.sum() * share)
    assert some["q"].sum() == pytest.approx(run.flow[0, awake].sum(), rel=1e-5)
    assert some["p"].sum() == pytest.approx(run.total_power(day.shape)[0, awake].sum(), rel=1e-5)
    assert some["s"].sum() == pytest.approx(run.speed[0, awake].sum(), rel=1e-5)
    lift = (run.pressure - run.suction)[0, awake].sum() * 101.97
    assert some["h"].sum() == pytest.approx(lift, rel=0.002)
    for pumps, part in some.group_by("running"):
        assert part["n"].sum() == (awake & (run.running[0] == pumps[0])).sum()


def test_the_solo_windows_of_a_worn_pump_tell_its_wear_of_its_twins_none() -> None:
    rows = city.stations(400, 1, 5020)
    quasi = Quasi(rows, 1, BIRTH)
    i = next(
        int(i) for i in np.argsort(quasi.ledger.first["worn"])
        if len(rows[i].sets) == 1 and rows[i].tanks and rows[i].sets[0].pumps > 2
    )  # fmt: skip
    past = alone(rows[i])
    part = past.parts("hour")[0]
    made = [past.back(part, BIRTH - back, 900.0) for back in range(1, 6)][::-1]
    table = steady_days(BlockDays(made, past.blocks[0], False), False)["pump_day"]
    shape = parameters([rows[i]], 1)
    h0, c = float(shape.curve.shutoff_head[0]), float(shape.curve.c[0])
    truth = Quasi([rows[i]], 1, BIRTH).ledger.on(BIRTH - 3)
    for pump in range(1, rows[i].sets[0].pumps + 1):
        mine = (table["pump"] == pump) & (table["n1"] > 0)
        n, h, q = (table[name][mine] for name in ("n1", "h1", "q1"))
        assert n.sum() > 20
        left = ((h + c * q**2 / n) / h0).sum() / n.sum()  # E3.11 with s = 1
        assert left == pytest.approx(float(truth.head[0, pump - 1]), abs=0.01)


LATE = BORN.replace(hour=21, minute=37)
LATE_MS = round(LATE.timestamp() * 1000)
FEW = ROWS[:3]


def test_the_day_of_the_birth_is_history_and_life_together(
    tmp_path: Path, sqlite: Database
) -> None:
    """The collector's own cascade and day facts over both: as if there had been no seam."""
    world = World(tmp_path, str(sqlite.engine.url))
    files = world.files(LATE_MS, FEW)
    for rows in files.make(PLAN[0], files.missing(PLAN[0])):
        files.commit(rows)
    live(world)
    end = BORN + DAY
    made = Cascade(world.lake, world.writer).run(end)
    Daily(world.lake, world.writer, FEW, ZONE).run(made["quarter"], made["hour"], end)
    quarters = world.fleet(["F.volume", "F.expected_s"], "quarter", (0.0, -1.0))
    assert quarters.height == len(FEW) * 96
    assert quarters["F.expected_s"].unique().to_list() == [900.0]
    facts = world.lake.facts("station_day", BORN.date(), BORN.date()).sort("station")
    day = Quasi(FEW, 1, BIRTH).day(BIRTH, 60.0)
    volume = day.shape.per_station(day.sets.flow).sum(axis=1) / 60.0
    np.testing.assert_allclose(facts["F.volume"], volume, atol=2.0 * 3)
    np.testing.assert_allclose(facts["F.energy"], day.power.sum(axis=1) / 60.0, rtol=0.02, atol=2.0)
    lost = lost_links(day.shape, BIRTH).share(1440, 86_400.0).mean(axis=1)
    np.testing.assert_allclose(facts["coverage"], 1.0 - lost, atol=1e-6)
    pumps = world.lake.facts("pump_day", BORN.date(), BORN.date())
    assert set(pumps["station"]) == {row.id for row in FEW}
    past = world.files(LATE_MS, FEW).past
    past._born = replace(past._born, seconds=86_400.0)
    for part in past.parts("minute"):
        told = BlockDays([past.back(part, BIRTH, 60.0)], part.blocks[0], True)
        for name, table in steady_days(told, True).items():
            found = world.lake.facts(name, BORN.date(), BORN.date(), part.blocks[0].ids.tolist())
            for fact in {"n", "q", "p", "n1", "h1", "dp", "end_n", "set"} & set(table):
                assert found[fact].sum() == pytest.approx(table[fact].sum(), rel=0.02), fact


def live(world: World) -> None:
    """The rest of the day of the birth, as pieces of minutes that the collector would write."""
    past = world.files(LATE_MS, FEW).past
    past._born = replace(past._born, seconds=86_400.0)
    rows = []
    for part in past.parts("minute"):
        some = BlockDays([past.back(part, BIRTH, 60.0)], part.blocks[0], True)
        table = some.tables({"minute": 1})["minute"]
        late = {name: values[table["ts"] >= LATE_MS] for name, values in table.items()}
        rows.append(world.writer.write("minute", part.blocks[0].group, "piece", late))
    world.writer.commit(rows, at=datetime.now(UTC))


def test_ids_of_profiles_without_a_point_stay_empty(world: World) -> None:
    lacking: list[tuple[StationRow, str]] = [
        (row, code)
        for block in world.files().past.blocks
        for code in block.digits
        for row, lack in zip(block.rows, block.lacks(code), strict=True)
        if lack
    ]
    for row, code in lacking[:5]:
        rows = world.lake.fleet([code], BORN - DAY, BORN, "quarter", [row.id])
        assert rows[code].null_count() == rows.height
