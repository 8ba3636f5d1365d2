"""The queue of background jobs: whose they are, who gets them, what a crash leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from data.database import Database
from data.files import Files
from data.jobs import MOST_WAITING, Jobs, SeriesTask
from data.rights import NotFound, Refused
from data.users import UserRow

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def task(stations: int = 2, days: int = 1, grain: str = "quarter") -> SeriesTask:
    end = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=days)
    return SeriesTask(
        list(range(1, stations + 1)), ["L.P_OUT"], "2026-11-01T00:00:00+00:00", end.isoformat(),
        grain, ["编号", "泵房", "时间"], ["出水压力 (MPa)"], [["范围", "全市"]], "趋势_全市",
    )  # fmt: skip


@pytest.fixture
def jobs(db: Database) -> Jobs:
    return Jobs(db)


@pytest.fixture
def lin(person: Callable[..., UserRow]) -> UserRow:
    return person("engineer", "lin")


def test_a_job_is_seen_by_its_person_and_by_an_administrator_only(
    jobs: Jobs, lin: UserRow, person: Callable[..., UserRow]
) -> None:
    id = jobs.order(lin, "趋势", task(), NOW)
    assert [j.id for j in jobs.of(lin, NOW)] == [id]
    assert jobs.get(person("administrator"), id).title == "趋势"
    other = person("engineer", "wu")
    assert jobs.of(other, NOW) == ()
    with pytest.raises(NotFound):
        jobs.get(other, id)
    with pytest.raises(NotFound):
        jobs.cancel(other, id, NOW)
    assert jobs.get(lin, id).download_name == "趋势_全市.csv"


def test_a_million_rows_are_taken_and_one_more_refused(jobs: Jobs, lin: UserRow) -> None:
    assert task(1000, 1000, "hour").rows == 24_000_000
    fits = SeriesTask(**{**task(1).__dict__, "end": "2026-11-01T00:00:00+00:00"})
    exact = SeriesTask(
        **{**fits.__dict__, "stations": list(range(1_000_000)), "end": "2026-11-01T00:15:00+00:00"}
    )
    assert jobs.get(lin, jobs.order(lin, "t", exact, NOW)).total == 1_000_000
    more = SeriesTask(**{**exact.__dict__, "stations": list(range(1_000_001))})
    with pytest.raises(Refused, match="too_many_rows"):
        jobs.order(lin, "t", more, NOW)


def test_nobody_fills_the_queue(jobs: Jobs, lin: UserRow) -> None:
    for _ in range(MOST_WAITING):
        jobs.order(lin, "t", task(), NOW)
    with pytest.raises(Refused, match="too_many_jobs"):
        jobs.order(lin, "t", task(), NOW)


def test_of_many_runners_one_gets_a_job(jobs: Jobs, lin: UserRow) -> None:
    ids = [jobs.order(lin, "t", task(), NOW) for _ in range(3)]
    start, got = Barrier(6), []

    def runner() -> None:
        start.wait()
        job = jobs.claim(NOW)
        if job is not None:
            got.append(job.id)

    threads = [Thread(target=runner) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == ids


def test_a_job_of_a_dead_runner_waits_again_but_not_for_ever(jobs: Jobs, lin: UserRow) -> None:
    id = jobs.order(lin, "t", task(), NOW)
    for tries in (1, 2):
        assert jobs.claim(NOW) is not None
        jobs.progress(id, 50, 192)
        assert jobs.recover(NOW) == 1
        job = jobs.get(lin, id)
        assert (job.state, job.done, job.task["tries"]) == ("queued", 0, tries)
    assert jobs.claim(NOW) is not None
    jobs.recover(NOW)
    assert (jobs.get(lin, id).state, jobs.get(lin, id).error) == ("failed", "interrupted")
    assert jobs.claim(NOW) is None


def test_cancelling(jobs: Jobs, lin: UserRow) -> None:
    waiting, running = (jobs.order(lin, "t", task(), NOW) for _ in range(2))
    jobs.cancel(lin, waiting, NOW)
    assert jobs.get(lin, waiting).state == "cancelled"
    claimed = jobs.claim(NOW)
    assert claimed is not None and claimed.id == running
    assert jobs.progress(running, 1, 10)
    jobs.cancel(lin, running, NOW)
    assert not jobs.progress(running, 2, 10)
    jobs.stopped(running, NOW)
    with pytest.raises(Refused, match="job_over"):
        jobs.cancel(lin, running, NOW)


def test_results_are_new_until_seen_and_go_after_a_week(jobs: Jobs, lin: UserRow) -> None:
    id = jobs.order(lin, "t", task(), NOW)
    jobs.claim(NOW)
    jobs.finish(id, NOW, "a.csv", 10, 192)
    assert not jobs.get(lin, id).seen
    jobs.saw(lin)
    assert jobs.get(lin, id).seen
    assert jobs.expire(NOW + timedelta(days=7)) == []
    assert jobs.files() == {"a.csv"}
    assert jobs.expire(NOW + timedelta(days=7, seconds=1)) == ["a.csv"]
    assert jobs.get(lin, id).file == "" and jobs.files() == set()
    assert jobs.of(lin, NOW + timedelta(days=8)) == ()


def test_a_file_stands_whole_or_not_at_all(tmp_path: Path) -> None:
    files = Files(tmp_path / "files")
    with files.fresh("job1", "csv") as (name, path):
        path.write_text("half")
        assert files.path(name) is None
    assert files.path(name) is not None
    with pytest.raises(OSError), files.fresh("job2", "csv") as (lost, path):
        path.write_text("half")
        raise OSError
    assert files.path(lost) is None
    assert files.path("../pumphouse.db") is None and files.path("") is None
    (files.root / "job9-x.csv.part").write_text("left by a crash")
    (files.root / ".runner").write_text("")
    assert files.sweep({name}) == 1
    assert {f.name for f in files.root.iterdir()} == {name, ".runner"}
