"""The system page: the truth about the collector, above all when it is silent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import plotly.utils

from data.snapshot import write
from data.stores import Stores
from pages import system, system_facts, system_panels
from tests.pages.conftest import COUNT, snapshot_of, view_of


def text_of(element: Any) -> str:
    return json.dumps(element, cls=plotly.utils.PlotlyJSONEncoder, ensure_ascii=False)


def show(stores: Stores, role: str = "engineer", language: str = "zh") -> tuple[Any, ...]:
    rows, count, *parts = system.show(stores, view_of(stores, role, language))
    return (*parts, rows, count)


def test_all_is_quiet_while_the_collector_works(stores: Stores) -> None:
    stores.status.put(
        "collector",
        {
            "samples_per_s": 504.2,
            "missed_cycles": 0,
            "online": 5,
            "silent": 1,
            "stations": 6,
            "problems": [],
        },
        datetime.now(UTC),
    )
    notice, tiles, collector, *_ = show(stores)
    assert notice is None
    values = [t.children[1].children[0].children for t in tiles]
    assert values[1:4] == ["504", "5", "0"]
    assert all("broken" not in t.className for t in tiles[:4])
    assert "—" in text_of(collector)


def test_a_silent_collector_is_the_first_thing_one_sees(stores: Stores) -> None:
    write(
        stores.settings.live,
        snapshot_of(stores.stations.all(), datetime.now(UTC) - timedelta(minutes=3)),
    )
    notice, tiles, *_ = show(stores)
    assert "采集程序已停 3m" in text_of(notice)
    assert "broken l1" in tiles[0].className


def test_a_collector_that_never_ran_is_said_so_and_nothing_is_zero(stores: Stores) -> None:
    stores.settings.live.unlink()
    notice, tiles, collector, _, storage, history, silent, count = show(stores, language="en")
    assert "never run" in text_of(notice)
    assert [t.children[1].children[0].children for t in tiles[:5]] == ["—"] * 5
    assert "not reported yet" in text_of(collector)
    assert "No history job" in text_of(history)
    assert len(silent) == COUNT
    assert count == f"{COUNT} of {COUNT}"
    assert "Records" in text_of(storage)


def test_silent_stations_are_listed_within_the_scope(stores: Stores) -> None:
    *_, silent, count = show(stores)
    assert [row["code"] for row in silent] == ["XM-0006"]
    assert count == f"1 / {COUNT} 座"
    assert silent[0]["id"] == "XM-0006"


def test_refused_stations_are_named(stores: Stores) -> None:
    stores.status.put(
        "collector",
        {
            "problems": [{"station": "XM-0003", "why": "no such profile"}],
            "journal_error": "disk full",
        },
        datetime.now(UTC),
    )
    shown = text_of(show(stores)[2])
    assert "XM-0003: no such profile" in shown
    assert "disk full" in shown


def test_progress_of_the_history(stores: Stores) -> None:
    stores.status.put("history", {"share": 0.62, "text": "235 / 400 d"}, datetime.now(UTC))
    shown = text_of(system_panels.history(view_of(stores, "engineer"), stores))
    assert "62%" in shown
    assert "235 / 400 d" in shown


def test_programs_are_known_by_their_command_line() -> None:
    kind = system_facts._kind
    assert kind(["python", "-m", "ingest"]) == "collector"
    assert kind(["python", "-m", "simulator", "--calm"]) == "simulator"
    assert kind(["gunicorn", "--workers", "2", "app:server()"]) == "cockpit"
    assert kind([sys.executable, "app.py"]) == "cockpit"
    assert kind(["vi", "ingest/app.py.txt"]) == ""
    assert kind([]) == ""


def test_the_disk_is_the_one_that_holds_the_data(stores: Stores) -> None:
    found = system_facts.disk(stores)
    assert 0 < found.used_share < 1
    assert found.ours >= stores.settings.live.stat().st_size


def test_processes_of_another_city_are_not_ours(stores: Stores, tmp_path: Path) -> None:
    """The same command line twice, on two folders: one of them is ours."""
    code = [
        "import sys, time; sys.stdout.write('up\\n'); sys.stdout.flush(); time.sleep(60)",
        "-m",
        "ingest",
    ]
    started = []
    for folder in (stores.settings.var, tmp_path / "elsewhere"):
        env = os.environ | {"PUMPHOUSE_VAR": str(folder)}
        process = subprocess.Popen([sys.executable, "-c", *code], env=env, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
    try:
        found = system_facts.processes(stores.settings)
        assert [p.pid for p in found if p.kind == "collector"] == [started[0].pid]
    finally:
        for process in started:
            process.kill()
            process.communicate()
