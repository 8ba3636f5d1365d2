"""A minute of frames in the lake: value for value, once, whatever happens between."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from data.catalogue.flags import Flag
from data.catalogue.points import point
from data.database import Database
from data.groups import CHUNK, groups
from ingest.flush import Flusher
from ingest.frames import Frame
from tests.ingest.houses import HOUSES, MINUTE, T0, Place, Truth, codes_of, house, said, zone


@pytest.fixture
def place(sqlite: Database, tmp_path: Path) -> Place:
    return Place(sqlite, tmp_path)


def assert_said(place: Place, truth: Truth) -> None:
    """The lake holds exactly these answers; read by plain DuckDB and plain Polars."""
    for block in ("fast", "slow"):
        want = {key[1:]: values for key, values in truth.items() if key[0] == block}
        found = {}
        for paths in {g: place.paths(block, g) for g in groups(place.houses)}.values():
            if not paths:
                continue
            frames = duckdb.read_parquet(paths, union_by_name=True).pl(), pl.read_parquet(paths)
            assert frames[0].sort("station", "ts").equals(frames[1].sort("station", "ts"))
            for row in frames[0].iter_rows(named=True):
                key = row.pop("station"), row.pop("ts")
                assert key not in found, "a poll stands in the lake twice"
                found[key] = {c: v for c, v in row.items() if not c.endswith(".NRUN")}
        assert found.keys() == want.keys()
        for key, values in want.items():
            assert {c: v for c, v in found[key].items() if v is not None} == values


def test_every_value_on_the_wire_stands_in_the_lake(place: Place) -> None:
    truth: Truth = {}
    for minute in (T0, T0 + MINUTE):
        answers = said(minute)
        done = place.flusher.flush(minute, answers.frames)
        assert (done.rows, done.known, done.strangers) == (5 * 31, 0, 0)
        truth |= answers.truth
    assert_said(place, truth)


def test_one_commit_makes_a_minute_visible(place: Place) -> None:
    place.flusher.flush(T0, said(T0).frames)
    files = place.manifest.live(["fast", "slow", "flags", "minute"])
    assert {f.dataset for f in files} == {"fast", "slow", "minute", "flags"}
    assert {f.span for f in files} == {"piece"}
    assert all("20260301T0800" in f.path for f in files)


def test_flushing_again_writes_nothing(place: Place) -> None:
    answers = said(T0)
    place.flusher.flush(T0, answers.frames)
    before = place.manifest.live(["fast", "slow", "flags", "minute"])
    again = place.flusher.flush(T0, answers.frames)
    place.restart()  # a crash between the commit and the end of the segment
    after_restart = place.flusher.flush(T0, answers.frames)
    for done in (again, after_restart):
        assert (done.files, done.rows, done.known) == (0, 0, 5 * 31)
    assert place.manifest.live(["fast", "slow", "flags", "minute"]) == before
    assert_said(place, answers.truth)


def test_a_frame_that_stands_in_the_journal_twice_counts_once(place: Place) -> None:
    answers = said(T0)
    place.flusher.flush(T0, answers.frames + answers.frames[:40])
    assert_said(place, answers.truth)
    assert place.table("minute")["polls"].to_list() == [30] * 5


def test_frames_of_other_minutes_go_to_theirs(place: Place) -> None:
    first, second = said(T0), said(T0 + MINUTE)
    place.flusher.flush(T0, second.frames + first.frames)
    assert_said(place, first.truth | second.truth)
    assert place.table("minute").height == 10


@pytest.mark.parametrize(("seed", "restarts"), [(1, ()), (2, (1, 2, 3))])
def test_late_pieces_join_their_minute(
    _sqlite_template: Path, tmp_path: Path, seed: int, restarts: tuple[int, ...]
) -> None:
    """The frames of a minute in four flushes, in any order, with restarts between: raw rows,
    flags and rollups are those of one flush."""
    answers = said(T0 + MINUTE)
    turns = np.random.default_rng(seed).integers(0, 4, len(answers.frames)).tolist()
    tables = []
    for parts in ([answers.frames], [_turn(answers.frames, turns, k) for k in range(4)]):
        folder = tmp_path / str(len(parts))
        folder.mkdir()
        shutil.copy(_sqlite_template, folder / "records.db")
        db = Database(f"sqlite:///{folder / 'records.db'}")
        place = Place(db, folder)
        place.flusher.flush(T0, said(T0).frames)
        for number, part in enumerate(parts):
            if number in restarts:
                place.restart()
            place.flusher.flush(T0 + MINUTE, part)
        assert_said(place, said(T0).truth | answers.truth)
        tables.append([place.table("minute"), place.table("flags", "station", "ts", "point")])
        db.close()
    for whole, pieced in zip(*tables, strict=True):
        assert set(whole.columns) == set(pieced.columns)
        for name in whole.columns:
            if whole[name].dtype == pl.Float64:
                assert np.allclose(whole[name].to_numpy(), pieced[name].to_numpy()), name
            else:
                assert whole[name].to_list() == pieced[name].to_list(), name


def _turn(frames: list[Frame], turns: list[int], k: int) -> list[Frame]:
    return [frame for frame, turn in zip(frames, turns, strict=True) if turn == k]


def test_a_disk_that_refuses_leaves_nothing_and_the_next_try_has_all(place: Place) -> None:
    place.flusher.flush(T0, said(T0).frames)
    before = {f for f in place.root.rglob("*") if f.is_file()}
    answers = said(T0 + MINUTE)
    aside = place.root / "minute"
    aside.rename(place.root / "elsewhere")
    aside.write_text("not a folder")
    with pytest.raises(OSError, match="minute"):
        place.flusher.flush(T0 + MINUTE, answers.frames)
    aside.unlink()
    (place.root / "elsewhere").rename(aside)
    assert {f for f in place.root.rglob("*") if f.is_file()} == before

    place.flusher.flush(T0 + MINUTE, answers.frames)
    assert_said(place, said(T0).truth | answers.truth)
    volume = place.table("minute").filter(pl.col("ts") == T0 + MINUTE)["L.V_OUT.inc"]
    assert sum(volume.drop_nulls()) > 0, "the counters went on from before the failure"


def test_rollups_are_those_of_the_raw_rows(place: Place) -> None:
    place.flusher.flush(T0, said(T0).frames)
    flagged = place.table("flags")
    rollup = place.table("minute")
    for row in HOUSES:
        raw = place.table("fast").filter(station=row.id)
        mine = rollup.row(by_predicate=pl.col("station") == row.id, named=True)
        assert (mine["polls"], mine["polls_slow"]) == (30, 1)
        for code in codes_of(row, "fast"):
            bad = set(flagged.filter(station=row.id, point=code)["ts"])
            good = [v for ts, v in raw.select("ts", code).rows() if ts not in bad]
            if point(code).rollup == "last":
                assert mine[code] == (good[-1] if good else None), code
                continue
            count = mine.get(f"{code}.n")
            assert len(good) == (30 if count is None else count), code
            if good:
                assert abs(mine[code] - 100 * np.mean(good)) <= 0.5 + 1e-6, code
            if point(code).rollup == "full" and good:
                assert (mine[f"{code}.min"], mine[f"{code}.max"]) == (min(good), max(good)), code


def test_a_silent_station_has_a_row_that_says_so(place: Place) -> None:
    frames = [f for f in said(T0).frames if f.station != 4]
    place.flusher.flush(T0, frames)
    silent = place.table("minute").row(by_predicate=pl.col("station") == 4, named=True)
    assert (silent["polls"], silent["seconds"]) == (0, 0.0)
    assert (silent["F.expected_s"], silent["F.online_s"], silent["F.volume"]) == (60.0, 0.0, 0.0)
    assert silent["L.P_OUT"] is None
    assert silent["CM.ONLINE"] == 0


def test_running_pumps_are_counted(place: Place) -> None:
    place.flusher.flush(T0, said(T0).frames)
    raw = place.table("fast").filter(station=11)
    total = raw["M.P1.RUN"] + raw["M.P2.RUN"]
    assert raw["M.NRUN"].to_list() == total.to_list()
    mine = place.table("minute").row(by_predicate=pl.col("station") == 11, named=True)
    assert abs(mine["M.NRUN"] - 100 * float(np.mean(total.to_numpy()))) <= 0.5


def test_what_is_flagged_is_kept_but_not_averaged(place: Place) -> None:
    """A filler is null and BAD_SENSOR; a value beyond the range stands as it came."""
    [row] = [h for h in HOUSES if h.id == 3]
    answers = said(T0, (row,))
    frames = sorted((f for f in answers.frames if f.block == 0), key=lambda f: f.ms)
    plain = _put(frames[0], 3, "PH.P_MAIN", 250)
    filler = _put(frames[1], 3, "PH.P_MAIN", None)
    beyond = _put(frames[2], 3, "PH.P_MAIN", 1500)
    place.flusher.flush(T0, [plain, filler, beyond])
    raw = place.table("fast")["PH.P_MAIN"].to_list()
    assert raw == [250, None, 1500]
    flags = place.table("flags").filter(point="PH.P_MAIN")
    assert flags.select("ts", "flag", "raw").rows() == [
        (filler.ms, Flag.BAD_SENSOR, None),
        (beyond.ms, Flag.OUT_OF_RANGE, 1500),
    ]
    mine = place.table("minute").row(by_predicate=pl.col("station") == 3, named=True)
    assert (mine["PH.P_MAIN"], mine["PH.P_MAIN.max"], mine["PH.P_MAIN.n"]) == (25_000, 250, 1)


def _put(frame: Frame, station: int, code: str, value: int | None) -> Frame:
    """The frame with another value, in catalogue units, at one unsigned point of one register."""
    from data.catalogue.profiles import compile_block

    [row] = [h for h in HOUSES if h.id == station]
    plan = compile_block(row.profile, row.layout, "fast")
    line = plan.codes.index(code)
    words = np.frombuffer(frame.words, ">u2").copy()
    scaled = None if value is None else (value - plan.offset[line]) // plan.multiplier[line]
    signed = plan.kind[line] == 2
    filler = plan.fillers_signed[0] if signed else plan.fillers[0]
    words[plan.word[line]] = (filler if scaled is None else scaled) & 0xFFFF
    return frame._replace(words=words.tobytes())


def test_counters_go_on_after_a_restart(place: Place) -> None:
    for minute in range(4):
        if minute == 2:
            place.restart()
        place.flusher.flush(T0 + minute * MINUTE, said(T0 + minute * MINUTE).frames)
    mine = place.table("minute").filter(station=9)
    readings = mine["L.V_OUT"].to_list()
    increases = mine["L.V_OUT.inc"].to_list()
    assert increases[0] is None, "the first reading ever has no increase"
    assert increases[1:] == np.diff(readings).tolist()
    assert mine["F.volume"][1:].sum() == pytest.approx((readings[-1] - readings[0]) * 0.01)
    assert sum(increases[1:]) > 0


def test_a_gap_of_slow_answers_loses_no_volume(place: Place) -> None:
    for minute in range(5):
        frames = said(T0 + minute * MINUTE).frames
        if minute in (1, 2):
            frames = [f for f in frames if f.block == 0]
        place.flusher.flush(T0 + minute * MINUTE, frames)
    mine = place.table("minute").filter(station=9)
    readings = mine["L.V_OUT"].to_list()
    assert readings[1:3] == [None, None]
    assert mine["F.volume"].to_list()[1:3] == [0.0, 0.0]
    assert mine["L.V_OUT.inc"].sum() == readings[-1] - readings[0]


def test_strangers_are_counted_not_stored(place: Place) -> None:
    frames = said(T0).frames
    stranger = frames[0]._replace(station=77)
    short = frames[1]._replace(words=frames[1].words[:-2])
    done = place.flusher.flush(T0, [*frames[2:], stranger, short])
    assert done.strangers == 2
    assert done.rows == 5 * 31 - 2
    assert 77 not in place.table("fast")["station"]


def test_a_station_added_later_leaves_the_others_where_they_are(place: Place) -> None:
    many = tuple(house(i, "TANK_VFD", "chengshui", zone("L"), tanks=1) for i in range(1, 451))
    before, after = groups(many[:449]), groups(many)
    assert [len(rows) for rows in before.values()] == [CHUNK, CHUNK, 49]
    for name, rows in before.items():
        assert after[name][: len(rows)] == rows
    Flusher(place.lake, place.writer, many)


def test_a_minute_without_frames_says_that_all_were_silent(place: Place) -> None:
    place.now += timedelta(minutes=1)
    done = place.flusher.flush(T0, [])
    assert done.rows == 0
    assert place.table("minute")["F.expected_s"].to_list() == [60.0] * 5
    assert place.flusher.flush(T0, []).files == 0
