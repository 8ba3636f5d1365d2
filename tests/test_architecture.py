"""The rules of the house, as tests: who imports whom, where a library may live, sizes, names."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("analytics", "data", "components", "ingest", "pages", "simulator", "deploy", "benchmarks")

MAY_IMPORT: dict[str, set[str]] = {
    "analytics": set(),
    "data": set(),
    "components": {"data.catalogue"},
    "ingest": {"analytics", "data"},
    "pages": {"components", "analytics", "data"},
    "app": {"pages", "components", "data"},
    "simulator": {"data", "analytics.hydraulics"},
    "deploy": {"data"},
    "benchmarks": {"analytics", "data", "ingest", "simulator", "deploy"},
}
# The past of the demo city enters through the collector's own fact code (docs/architecture.md).
EXTRA: dict[str, set[str]] = {
    "simulator/history_days.py": {"analytics"},
    "simulator/history_rows.py": {"analytics"},
    # the command line upon a person's own file; the functions themselves stay without a door
    "analytics/__main__.py": {"data.user_tables"},
}
ONLY_IN: dict[str, tuple[str, ...]] = {
    "duckdb": ("data",),
    "pyarrow": ("data",),
    "sqlalchemy": ("data",),
    "alembic": ("data",),
    "pydantic_settings": ("data",),
    "pymodbus": ("ingest/sources", "simulator", "benchmarks"),
    "dash": ("components", "pages", "app.py"),
    "dash_bootstrap_components": ("components", "pages", "app.py"),
    "dash_leaflet": ("components", "pages", "app.py"),
    "dash_ag_grid": ("components", "pages", "app.py"),
    "plotly": ("components", "pages", "app.py"),
    "flask": ("app.py", "pages", "components"),
    "flask_login": ("app.py", "pages", "components"),
}
BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|managers?|base|misc|stuff)(_|$)")
LIMIT = 300


def sources() -> list[Path]:
    """Every Python file of the product, tests left out."""
    files = [ROOT / "app.py"]
    for room in ROOMS:
        files += sorted((ROOT / room).rglob("*.py"))
    return [f for f in files if f.exists() and "versions" not in f.parts and "var" not in f.parts]


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def room_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", sources(), ids=name)
def test_imports_stay_within_the_rules(file: Path) -> None:
    room = room_of(file)
    allowed = MAY_IMPORT[room] | EXTRA.get(name(file), set()) | {room}
    ours = {m for m in imports(file) if m.split(".")[0] in (*ROOMS, "app")}
    # `import a.b` also yields "a" for `from a import b`: judge by the longest form
    bad = {
        module
        for module in ours
        if not any(module == a or module.startswith(a + ".") for a in allowed)
        and not any(a.startswith(module + ".") for a in allowed)
    }
    assert not bad, f"{name(file)} may not import {sorted(bad)}"


@pytest.mark.parametrize("file", sources(), ids=name)
def test_libraries_live_where_they_belong(file: Path) -> None:
    bad = {
        (module, ONLY_IN[module.split(".")[0]])
        for module in imports(file)
        if module.split(".")[0] in ONLY_IN
        and not any(name(file).startswith(place) for place in ONLY_IN[module.split(".")[0]])
    }
    assert not bad


def test_a_page_never_imports_a_page() -> None:
    """Files with a PAGE; their parts (pages/alarm_rows.py) have none. The index lists them all."""
    pages = {
        f"pages.{f.stem}"
        for f in (ROOT / "pages").glob("*.py")
        if re.search(r"^PAGE\b", f.read_text(encoding="utf-8"), re.M)
    }
    for file in sorted((ROOT / "pages").glob("*.py")):
        if file.name == "index.py":
            continue
        others = (set(imports(file)) & pages) - {f"pages.{file.stem}"}
        assert not others, f"{name(file)} imports {others}"


def test_a_source_never_imports_a_source() -> None:
    for file in sorted((ROOT / "ingest" / "sources").glob("*.py")):
        others = {m for m in imports(file) if m.startswith("ingest.sources.")}
        assert not others, f"{name(file)} imports {others}"


def test_environment_is_read_in_the_settings_only() -> None:
    allowed = {"data/settings.py", "deploy/run.py", "deploy/city.py"}
    for file in sources():
        text = file.read_text(encoding="utf-8")
        if room_of(file) == "benchmarks" or name(file) in allowed:
            continue
        assert not re.search(r"os\.(environ|getenv)", text), name(file)


def test_files_stay_small() -> None:
    long = {
        name(f): lines
        for f in sources()
        if (lines := len(f.read_text(encoding="utf-8").splitlines())) > LIMIT
    }
    assert not long, f"over {LIMIT} lines: {long}"


def test_no_file_is_a_drawer() -> None:
    assert not [name(f) for f in sources() if BANNED_NAMES.search(f.stem)]


def test_every_module_says_what_it_is() -> None:
    silent = [
        name(f)
        for f in sources()
        if f.read_text(encoding="utf-8").strip()
        and ast.get_docstring(ast.parse(f.read_text(encoding="utf-8"))) is None
    ]
    assert not silent


def test_analytics_imports_without_the_rest() -> None:
    """Pure code stands alone: no store or server is pulled in by it."""
    import subprocess

    modules = [
        name(f).removesuffix(".py").replace("/", ".")
        for f in sources()
        if room_of(f) == "analytics" and f.stem not in ("__init__", "__main__")
    ]
    code = (
        f"import sys, importlib\nfor m in {modules!r}: importlib.import_module(m)\n"
        "bad = {'dash','sqlalchemy','duckdb','pymodbus','flask','data'} & set(sys.modules)\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
