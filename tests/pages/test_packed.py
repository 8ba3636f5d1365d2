"""What every page loads comes as few packed files, and packs once."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from dash import Dash
from flask.testing import FlaskClient

from data.settings import ROOT
from pages.packed import MOST, Packed, bundle
from tests.pages.test_gate import Browser

PACKED = {"Accept-Encoding": "gzip, deflate"}
PLOTLY = "/_dash-component-suites/plotly/package_data/plotly.min.js"


def linked(client: FlaskClient, kind: str) -> list[str]:
    page = client.get("/").get_data(as_text=True)
    return re.findall(rf'"(/assets/[^"]+\.{kind})', page)


def test_a_page_loads_our_files_as_one_of_each_kind(browser: Browser) -> None:
    client = browser("engineer")
    for kind in ("css", "js"):
        [path] = linked(client, kind)
        answer = client.get(path, headers=PACKED)
        assert "immutable" in answer.headers["Cache-Control"]
        body = gzip.decompress(answer.data)
        for file in (ROOT / "assets").rglob(f"*.{kind}"):
            assert file.read_bytes() in body, file
        assert client.get(path).data == body


def test_its_name_changes_with_its_content(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "b.css").write_text("b {}")
    (tmp_path / "deep" / "a.css").write_text("a {}")
    first = bundle(tmp_path, "css")
    assert first.body == b"b {}\na {}"
    (tmp_path / "b.css").write_text("b { top: 0 }")
    assert bundle(tmp_path, "css").path != first.path


def test_files_of_packages_travel_packed_and_are_the_same(cockpit: Dash) -> None:
    client = cockpit.server.test_client()
    client.get("/login")
    packed = client.get(PLOTLY, headers=PACKED)
    plain = client.get(PLOTLY)
    assert len(packed.data) < len(plain.data) / 3
    assert gzip.decompress(packed.data) == plain.data
    again = client.get(PLOTLY, headers=PACKED | {"If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_worker_knows_its_files_before_anybody_asks(cockpit: Dash) -> None:
    assert {"dash", "plotly", "dash_leaflet", "dash_ag_grid"} <= set(cockpit.registered_paths)
    assert len(cockpit.callback_map) > 5


def served(**headers: str) -> tuple[Packed, list[str]]:
    """A packer before an application that notes what it is asked."""
    asked: list[str] = []

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        asked.append(path)
        start("404 NOT FOUND" if path.endswith("none") else "200 OK", list(headers.items()))
        return [path.encode()]

    return Packed(application), asked


def get(packed: Packed, path: str, **environ: str) -> tuple[str, bytes]:
    told: list[str] = []
    asked = {"REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": "gzip", "PATH_INFO": path} | environ
    parts = packed(asked, lambda status, headers, info=None: told.append(status))
    return told[0], b"".join(parts)


def test_a_file_is_asked_for_once_and_what_is_of_a_person_never_kept() -> None:
    packed, asked = served()
    for path in ("/assets/all/a.js", "/assets/all/none", "/api/live", "/assets/tokens.css"):
        for _ in range(2):
            get(packed, path)
    assert asked == ["/assets/all/a.js", *2 * ["/assets/all/none"], *2 * ["/api/live"],
                     *2 * ["/assets/tokens.css"]]  # fmt: skip
    assert get(packed, "/assets/all/none") == ("404 NOT FOUND", b"/assets/all/none")
    personal, asked = served(**{"Set-Cookie": "a=b"})
    for _ in range(2):
        assert get(personal, "/assets/all/a.js") == ("200 OK", b"/assets/all/a.js")
    assert len(asked) == 2


def test_addresses_without_end_do_not_fill_the_memory() -> None:
    packed, asked = served()
    for number in range(MOST + 50):
        get(packed, f"/assets/all/{number}.js")
    get(packed, "/assets/all/0.js")
    get(packed, f"/assets/all/{MOST}.js")
    assert asked.count("/assets/all/0.js") == 1
    assert asked.count(f"/assets/all/{MOST}.js") == 2
