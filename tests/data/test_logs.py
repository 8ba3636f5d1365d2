"""Logs: lines for people, JSON for machines, a ration, and no failure of their own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
import structlog

from data.logs import Rationed, configure
from data.settings import Settings


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def said(monkeypatch: pytest.MonkeyPatch, **settings: object) -> str:
    stream = StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure(Settings(**settings))  # type: ignore[arg-type]
    log = structlog.get_logger("test")
    log.debug("quiet")
    log.warning("polling", station="澄湾一号", count=3)
    return stream.getvalue()


def test_json_is_one_object_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = said(monkeypatch, log_json=True).splitlines()
    found = json.loads(line)
    assert found["event"] == "polling"
    assert (found["station"], found["count"], found["level"]) == ("澄湾一号", 3, "warning")
    assert found["timestamp"].endswith("Z")


def test_lines_for_people_and_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "polling" in said(monkeypatch)
    assert "quiet" in said(monkeypatch, log_level="debug")
    assert said(monkeypatch, log_level="ERROR") == ""
    with pytest.raises(ValueError, match="no such level"):
        said(monkeypatch, log_level="loud")


def test_a_log_that_cannot_be_written_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(Settings(log_json=True))
    full = Path("/dev/full").open("w", buffering=1)  # noqa: SIM115 (its close fails, too)
    with pytest.raises(OSError, match="No space"):
        full.write("a line\n")
    monkeypatch.setattr(sys, "stderr", full)
    structlog.get_logger("test").error("the disk is full")
    monkeypatch.undo()
    with suppress(OSError):
        full.close()


def test_a_ration_says_how_much_it_left_out() -> None:
    lines: list[tuple[str, dict[str, object]]] = []
    ration = Rationed(lambda event, **values: lines.append((event, values)), lines=2, window=10)
    for i in range(5):
        ration(100.0 + i, "lost", station=i)
    assert lines == [("lost", {"station": 0}), ("lost", {"station": 1})]
    ration.look(109.0)
    assert len(lines) == 2
    ration(110.0, "lost", station=9)
    assert lines[2:] == [("more lines of this kind", {"left_out": 3}), ("lost", {"station": 9})]
