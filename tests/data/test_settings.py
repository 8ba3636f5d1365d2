from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from data.settings import Settings, load


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("PUMPHOUSE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PUMPHOUSE_VAR", str(tmp_path))


def test_everything_follows_var(tmp_path: Path) -> None:
    found = load()
    assert found.database == f"sqlite:///{tmp_path / 'pumphouse.db'}"
    for path in (found.lake, found.journal, found.live, found.demo_file):
        assert path.parent == tmp_path


def test_the_environment_goes_before_the_demo_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "demo.env").write_text(
        "PUMPHOUSE_SESSION_KEY=kept\nPUMPHOUSE_PORT=9000\nDEMO_PASSWORD=x\n"
    )
    monkeypatch.setenv("PUMPHOUSE_PORT", "9001")
    monkeypatch.setenv("PUMPHOUSE_DATABASE_URL", "postgresql://a@b/c")
    found = load()
    assert found.session_key.get_secret_value() == "kept"
    assert (found.port, found.database) == (9001, "postgresql://a@b/c")
    assert "kept" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "0"), ("STATIONS", "many"), ("POLL_SECONDS", "0")]
)
def test_nonsense_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"PUMPHOUSE_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()
