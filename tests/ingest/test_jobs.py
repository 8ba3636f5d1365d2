"""The runner of background jobs: the file, its second sheet, failures in words, kill -9."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from openpyxl import load_workbook

from data.catalogue.words import text
from data.jobs import JobRow, SeriesTask, TableTask
from data.lake_writer import LakeWriter
from data.settings import ROOT, Settings
from data.station_rows import DistrictRow, SetRow, StationRow
from data.stores import Stores, open_stores
from data.users import UserRow
from ingest.jobs import Runner, alone

NOW = datetime(2026, 3, 9, tzinfo=UTC)
START = datetime(2026, 3, 1, tzinfo=UTC)
STEP = 900_000
STATIONS, STEPS = 3, 96
SET = SetRow("L", 3, 7, 18, 100, 50.0, 0.55, 12.0, 60.0, 4.0, 9.0)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    made = open_stores(Settings(var=tmp_path, _env_file=None), writer=True)
    rows = [
        StationRow(0, f"S{n}", f"泵房{n}", f"House {n}", 1 + n // 3, "TANK_VFD", 1, "chengshui",
                   f"127.0.0.{n}", 1, 1, sets=(SET,))
        for n in range(1, STATIONS + 1)
    ]  # fmt: skip
    made.stations.save(
        [DistrictRow(1, "e", "东区", "East"), DistrictRow(2, "w", "西区", "West")], rows
    )
    fill(made, STEPS)
    yield made
    made.close()


def fill(stores: Stores, steps: int) -> None:
    """Quarter rows of a pressure, the second step of the first station without a value."""
    ids = [s.id for s in stores.stations.all()]
    ts = np.tile(round(START.timestamp() * 1000) + np.arange(steps) * STEP, len(ids))
    values = 42_000 + np.arange(len(ts)) % 1000
    values[1] = np.iinfo(np.int64).min
    table = {
        "station": np.repeat(np.array(ids), steps), "ts": ts, "L.P_OUT": values,
        "F.volume": np.full(len(ts), 0.25),
    }  # fmt: skip
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    group = f"{stores.stations.all()[0].layout.key}-00"
    writer.commit([writer.write("quarter", group, "month", table)], at=NOW)


@pytest.fixture
def lin(stores: Stores) -> UserRow:
    return stores.users.create(
        "lin", "Secret-1234", role="engineer", name_zh="林", name_en="Lin", at=NOW
    )


def series(stores: Stores, kind: str = "csv", steps: int = STEPS) -> SeriesTask:
    return SeriesTask(
        [s.id for s in stores.stations.all()], ["L.P_OUT", "F.volume"], START.isoformat(),
        (START + timedelta(milliseconds=STEP * steps)).isoformat(), "quarter",
        ["编号", "泵房", "时间"], ["出水压力 (MPa)", "水量 (m³)"],
        [["范围", "全市"], ["口径", "15 min 均值"]], "趋势_全市", kind,
    )  # fmt: skip


@pytest.fixture
def done(stores: Stores, lin: UserRow) -> Callable[[SeriesTask | TableTask], JobRow]:
    def run(task: SeriesTask | TableTask) -> JobRow:
        id = stores.jobs.order(lin, "趋势", task, datetime.now(UTC))
        Runner(stores, Event()).step()
        return stores.jobs.get(lin, id)

    return run


def rows_of(stores: Stores, job: JobRow) -> list[list[str]]:
    path = stores.files.path(job.file)
    assert path is not None
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


Done = Callable[[SeriesTask | TableTask], JobRow]


def test_series_of_stations_as_csv(stores: Stores, done: Done) -> None:
    job = done(series(stores))
    assert (job.state, job.done, job.total) == ("done", STATIONS * STEPS, STATIONS * STEPS)
    head, *rows = rows_of(stores, job)
    assert head == ["编号", "泵房", "时间", "出水压力 (MPa)", "水量 (m³)"]
    assert len(rows) == STATIONS * STEPS
    assert rows[0] == ["S1", "泵房1", "2026-03-01 08:00:00+08:00", "0.42", "0.25"]
    assert rows[1] == ["S1", "泵房1", "2026-03-01 08:15:00+08:00", "", "0.25"]
    assert [float(r[3]) for r in rows[2:4]] == [0.42002, 0.42003]


def test_series_as_excel_with_its_second_sheet(stores: Stores, done: Done) -> None:
    job = done(series(stores, "xlsx"))
    path = stores.files.path(job.file)
    assert path is not None and job.bytes == path.stat().st_size
    sheet, about = load_workbook(path).worksheets
    assert (sheet.max_row, sheet["D2"].value, sheet["D3"].value) == (
        STATIONS * STEPS + 1, 0.42, None,
    )  # fmt: skip
    facts = {row[0].value: row[1].value for row in about.iter_rows()}
    assert facts["口径"] == "15 min 均值"
    assert facts[text("zh", "export.coverage")] == "288 / 288 行（实有 / 应有）"
    assert {f.name for f in stores.files.root.iterdir()} == {job.file}


def test_silent_rows_are_missing_rows_not_zeros(stores: Stores, done: Done) -> None:
    job = done(series(stores, "xlsx", STEPS * 2))
    assert (job.done, job.total) == (STATIONS * STEPS,) * 2
    path = stores.files.path(job.file)
    assert path is not None
    facts = {r[0].value: r[1].value for r in load_workbook(path).worksheets[1].iter_rows()}
    assert facts[text("zh", "export.coverage")].startswith("288 / 576")


def test_a_table_of_day_facts(stores: Stores, done: Done) -> None:
    ids = np.array([s.id for s in stores.stations.all()])
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    for day in range(2):
        on = date(2026, 3, 1) + timedelta(days=day)
        table = {
            "station": ids, "ts": np.full(3, round(START.timestamp() * 1000) + day * 86_400_000),
            "day": np.full(3, np.datetime64(on, "D")), "F.volume": ids * 10.5,
        }  # fmt: skip
        writer.commit([writer.write("station_day", "all", "day", table)], at=NOW)
    job = done(TableTask(
        "station_day", ids.tolist(), ["station", "day", "F.volume", "F.none"], "2026-03-01",
        "2026-04-20", ["编号", "泵房", "日期", "水量 (m³)", "无"], [["范围", "全市"]], "日表",
    ))  # fmt: skip
    assert (job.state, job.error) == ("done", "")
    _, *rows = rows_of(stores, job)
    assert len(rows) == 6
    assert rows[4] == ["S2", "泵房2", "2026-03-02", "21.0", ""]


def test_what_can_not_be_done_says_why(stores: Stores, lin: UserRow, done: Done) -> None:
    gone = done(replace(series(stores), stations=[1, 99]))
    assert (gone.state, gone.error) == ("failed", "no_station:99")
    stores.users.create("xu", "Secret-1234", role="district_manager", name_zh="徐", name_en="Xu",
                        at=NOW, district_id=1)  # fmt: skip
    xu = stores.users.get("xu")
    assert xu is not None
    id = stores.jobs.order(xu, "t", series(stores), datetime.now(UTC))
    Runner(stores, Event()).step()
    assert stores.jobs.get(xu, id).error == "not_yours:S3"
    id = stores.jobs.order(lin, "t", series(stores), datetime.now(UTC))
    with stores.db.session() as session:
        from sqlalchemy import update

        from data.tables import User

        session.execute(update(User).where(User.username == "lin").values(enabled=False))
    Runner(stores, Event()).step()
    assert stores.jobs.get(lin, id).error == "rights"


def test_every_reason_has_its_words() -> None:
    for key in ("rights", "not_yours", "no_station", "disk_full", "disk", "too_long",
                "interrupted", "kind", "error"):  # fmt: skip
        assert text("zh", f"jobs.failed.{key}", detail="x") and text("en", f"jobs.failed.{key}")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_full_disk_is_said_and_leaves_nothing(
    stores: Stores, lin: UserRow, done: Done, kind: str
) -> None:
    """A limit on the size of files stands for the disk: the kernel then says EFBIG, not ENOSPC.
    It binds the files of the database as well, so it lies a little above the largest of them."""
    code = (
        "import errno, resource, signal, sys\n"
        "from pathlib import Path\n"
        "from threading import Event\n"
        "from data.settings import Settings\n"
        "from data.stores import open_stores\n"
        "from ingest import jobs\n"
        "jobs._FULL = (errno.EFBIG,)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "stores = open_stores(Settings(var=Path(sys.argv[1]), _env_file=None))\n"
        "most = resource.RLIM_INFINITY\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), most))\n"
        "jobs.Runner(stores, Event()).step()\n"
    )
    fill(stores, 40_000)
    task = replace(series(stores, kind, 40_000), stations=[1, 2, 3])
    id = stores.jobs.order(lin, "t", task, datetime.now(UTC))
    var = stores.settings.var
    limit = 400_000 + max(file.stat().st_size for file in var.glob("pumphouse.db*"))
    subprocess.run(
        [sys.executable, "-c", code, str(var), str(limit)], cwd=ROOT, check=True,
        capture_output=True, timeout=60,
    )  # fmt: skip
    job = stores.jobs.get(lin, id)
    assert (job.state, job.error) == ("failed", "disk_full")
    assert [f for f in stores.files.root.iterdir() if f.name != ".runner"] == []


def test_cancelling_a_running_job_leaves_no_file(stores: Stores, lin: UserRow) -> None:
    id = stores.jobs.order(lin, "t", series(stores, "xlsx"), datetime.now(UTC))
    runner = Runner(stores, Event())
    job = stores.jobs.claim(datetime.now(UTC))
    assert job is not None
    stores.jobs.cancel(lin, id, datetime.now(UTC))
    stores.jobs.release(id)
    runner.step()
    assert stores.jobs.get(lin, id).state == "cancelled"
    assert list(stores.files.root.iterdir()) == []


def test_one_runner_at_a_time(tmp_path: Path) -> None:
    stop = Event()
    stop.set()
    with alone(tmp_path, stop) as first, alone(tmp_path, stop) as second:
        assert first and not second


def _runner(var: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ingest.jobs"], cwd=ROOT,
        env=os.environ | {"PUMPHOUSE_VAR": str(var)}, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_killed_runner_loses_nothing(stores: Stores, lin: UserRow) -> None:
    fill(stores, 60_000)
    task = replace(series(stores, "csv", 60_000), start=START.isoformat())
    id = stores.jobs.order(lin, "t", task, datetime.now(UTC))
    first = _runner(stores.settings.var)
    try:
        _until(lambda: stores.jobs.get(lin, id).state == "running" and _parts(stores))
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert stores.jobs.get(lin, id).state == "running", "it was killed too late"
    second = _runner(stores.settings.var)
    try:
        _until(lambda: stores.jobs.get(lin, id).state == "done")
    finally:
        second.terminate()
        assert second.wait(20) == 0
    job = stores.jobs.get(lin, id)
    assert len(rows_of(stores, job)) == 1 + job.done
    assert {f.name for f in stores.files.root.iterdir()} == {job.file, ".runner"}


def _parts(stores: Stores) -> bool:
    return any(f.stat().st_size > 1000 for f in stores.files.root.glob("*.part"))


def _until(true: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it didn't happen"
        time.sleep(0.005)
