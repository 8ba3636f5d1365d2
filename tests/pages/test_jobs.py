"""The tray's routes: one's own jobs and files, nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from components.shell import shell
from data.catalogue.words import text
from data.jobs import SeriesTask
from data.stores import Stores
from ingest.jobs import Runner
from tests.pages.conftest import view_of
from tests.pages.looking import drawn

Browser = Callable[[str], FlaskClient]


def ordered(stores: Stores, role: str = "engineer", station: int = 1, kind: str = "csv") -> int:
    user = stores.users.get(role)
    assert user is not None
    task = SeriesTask(
        [station], ["L.P_OUT"], "2026-11-01T00:00:00+00:00", "2026-11-02T00:00:00+00:00", "hour",
        ["编号", "泵房", "时间"], ["出水压力 (MPa)"], [["范围", "湖滨"]], "趋势_湖滨1期_20261101",
        kind,
    )  # fmt: skip
    return stores.jobs.order(user, "趋势 湖滨1期", task, datetime.now(UTC))


def post(client: FlaskClient, path: str) -> int:
    cookie = client.get_cookie("_csrf_token")
    assert cookie is not None
    return client.post(path, headers={"X-CSRFToken": cookie.decoded_value}).status_code


def jobs_of(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/jobs").get_json()["jobs"]
    return found


def test_a_job_from_the_order_to_the_file(stores: Stores, browser: Browser) -> None:
    client = browser("engineer")
    id = ordered(stores)
    [job] = jobs_of(client)
    assert (job["state"], job["total"], job["unit"], job["file"]) == ("queued", 24, "rows", False)
    assert client.get(f"/api/files/{id}").status_code == 404
    Runner(stores, Event()).step()
    [job] = jobs_of(client)
    assert (job["state"], job["file"], job["seen"]) == ("done", True, False)
    answer = client.get(f"/api/files/{id}")
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    disposition = answer.headers["Content-Disposition"]
    assert f"filename*=UTF-8''{quote('趋势_湖滨1期_20261101.csv')}" in disposition
    assert disposition.startswith("attachment")
    answer.close()
    [row] = [r for r in stores.audit.recent() if r.verb == "export.job"]
    assert (row.username, row.subject, row.detail["file"]) == (
        "engineer", str(id), "趋势_湖滨1期_20261101.csv",
    )  # fmt: skip
    assert post(client, "/api/jobs/seen") == 204
    assert jobs_of(client)[0]["seen"]


def test_files_are_for_their_person_and_the_administrator(stores: Stores, browser: Browser) -> None:
    id = ordered(stores)
    Runner(stores, Event()).step()
    other = browser("dispatcher")
    assert jobs_of(other) == []
    assert other.get(f"/api/files/{id}").status_code == 404
    assert post(other, f"/api/jobs/{id}/cancel") == 404
    answer = browser("administrator").get(f"/api/files/{id}")
    assert answer.status_code == 200
    answer.close()


def test_without_a_login_there_is_nothing(stores: Stores, cockpit: Any) -> None:
    client = cockpit.server.test_client()
    id = ordered(stores)
    assert client.get("/api/jobs").status_code == 401
    assert client.get(f"/api/files/{id}").status_code == 401


def test_cancelling_from_the_tray_needs_the_token(stores: Stores, browser: Browser) -> None:
    client = browser("engineer")
    id = ordered(stores)
    assert client.post(f"/api/jobs/{id}/cancel").status_code == 400
    assert post(client, f"/api/jobs/{id}/cancel") == 204
    assert jobs_of(client)[0]["state"] == "cancelled"
    assert post(client, f"/api/jobs/{id}/cancel") == 409


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_failure_is_told_in_words(stores: Stores, browser: Browser, lang: str) -> None:
    ordered(stores, station=99)
    Runner(stores, Event()).step()
    stores.users.set_preference("engineer", language=lang)
    [job] = jobs_of(browser("engineer"))
    assert job["error"] == text(lang, "jobs.failed.no_station", detail="99")


def test_the_tray_stands_in_the_header(stores: Stores) -> None:
    view = view_of(stores, "engineer")
    frame = drawn(shell(view, [], "澄湾水务", "全市"))
    assert "shell-tray" in frame and text("zh", "jobs.tray") in frame


def test_series_of_the_listed_stations_are_ordered(stores: Stores, browser: Browser) -> None:
    client = browser("engineer")
    ids = [
        ("stations-series-order", "n_clicks", 1), ("stations-search", "value", "XM-0002"),
            ("shell-url", "search", ""),
        ("stations-series-codes", "value", ["L.Q_OUT", "EL.E.inc", "F.volume"]),
        ("stations-series-days", "value", 7), ("stations-series-grain", "value", "hour"),
        ("stations-series-format", "value", "xlsx"),
    ]  # fmt: skip
    parts = [{"id": i, "property": p, "value": v} for i, p, v in ids]
    cookie = client.get_cookie("_csrf_token")
    assert cookie is not None
    headers = {"X-CSRFToken": cookie.decoded_value}
    answer = client.post("/_dash-update-component", headers=headers, json={
        "output": "stations-series-ordered.data",
        "outputs": {"id": "stations-series-ordered", "property": "data"},
        "inputs": parts[:1], "state": parts[1:],
        "changedPropIds": ["stations-series-order.n_clicks"],
    })  # fmt: skip
    assert answer.status_code == 200
    user = stores.users.get("engineer")
    assert user is not None
    [job] = stores.jobs.of(user, datetime.now(UTC))
    assert (job.total, job.task["format"], len(job.task["stations"])) == (7 * 24, "xlsx", 1)
    assert job.task["heads"][1].endswith("(kWh)")
    Runner(stores, Event()).step()
    assert stores.jobs.get(user, job.id).state == "done"
