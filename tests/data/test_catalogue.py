"""Every row of the shipped catalogue loads, and a broken row names its file, row and field."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

import data.catalogue.profiles as module
from data.catalogue.errors import FOLDER, CatalogueError
from data.catalogue.points import Layout, columns, point, points, station_types, universe
from data.catalogue.profiles import LIMIT, compile_block, profiles
from data.catalogue.station_columns import headings, plain, station_columns

LAYOUTS = (
    "TANK_VFD-3.3.3-1", "TANK_VFD-4-1", "STACKED-3.3-0", "STACKED_BOX-3-2", "DIRECT-0-0",
    "TANK_ROOF-2-1", "REGIONAL-4-2", "RURAL-3-2", "PRV_ZONE-0-0",
)  # fmt: skip
Brand = Callable[[str, str], None]
POINT = (
    '{ code = "X.P", zh = "甲", en = "A", unit = "", kind = "pressure", resolution = "0.001", '
    'range = [0, 1], decimals = 3, block = "fast", applies = "T", rollup = "full" }'
)


def test_every_code_finds_its_template() -> None:
    for key in LAYOUTS:
        for column in columns(Layout.parse(key)):
            assert point(column.code) is column.point
    with pytest.raises(KeyError):
        point("L.NOPE")


def test_a_layout_goes_through_its_key() -> None:
    for key in LAYOUTS:
        assert Layout.parse(key).key == key
    assert Layout.parse("TANK_VFD-3.2-1") == Layout("TANK_VFD", (3, 2), 1)


def test_the_universe_is_the_union_in_catalogue_order() -> None:
    layouts = tuple(Layout.parse(key) for key in LAYOUTS)
    union = [column.code for column in universe(layouts)]
    assert set(union) == {column.code for layout in layouts for column in columns(layout)}
    assert len(union) == len(set(union))
    assert union.index("L.P1.RUN") < union.index("L.P2.RUN") < union.index("M.P1.RUN")


def test_names_carry_their_number() -> None:
    names = {c.code: (c.name("zh"), c.name("en")) for c in columns(Layout.parse("TANK_VFD-3-2"))}
    assert names["L.P2.RUN"] == ("2#泵运行", "Pump 2 running")
    assert names["T2.LEVEL"] == ("2#水箱液位", "Tank 2 level")


@pytest.mark.parametrize("layout", [Layout("NOPE", (1,), 0), Layout("TANK_VFD", (7,), 1)])
def test_a_layout_beyond_the_platform_is_refused(layout: Layout) -> None:
    with pytest.raises(CatalogueError):
        columns(layout)


@pytest.mark.parametrize("profile", list(profiles()))
@pytest.mark.parametrize("block", ["fast", "slow"])
def test_every_profile_has_every_point_in_one_read(
    profile: str, block: Literal["fast", "slow"]
) -> None:
    for key in LAYOUTS:
        layout = Layout.parse(key)
        plan = compile_block(profile, layout, block)
        assert 0 < plan.count <= LIMIT
        assert set(plan.codes) == {c.code for c in columns(layout) if c.point.block == block}
        assert plan.word.max() < plan.count
        assert len(plan.codes) == len(plan.word) == len(plan.kind) == len(plan.multiplier)


def test_the_brands_differ_as_real_ones_do() -> None:
    found = profiles().values()
    assert len(found) >= 4
    assert len({row.word_order for row in found}) >= 3
    assert len({row.fillers for row in found}) >= 2
    kinds = [{e.type for e in (*row.fast.entries, *row.slow.entries)} for row in found]
    assert {"float32", "int16", "uint16", "uint32", "bit"} <= set().union(*kinds)
    assert any(e.closed for row in found for e in row.fast.entries)


@pytest.mark.parametrize(
    ("change", "row", "field"),
    [
        (('decimals = 3, ', ''), "1 (X.P)", "decimals"),
        (('"0.001"', '"0"'), "1 (X.P)", "resolution"),
        (('"fast"', '"often"'), "1 (X.P)", "block"),
        (('range = [0, 1]', 'range = [0]'), "1 (X.P)", "range.1"),
        (('range = [0, 1]', 'range = [1, 0]'), "1 (X.P)", "-"),
        (('unit = ""', 'units = ""'), "1 (X.P)", "unit"),
    ],
)  # fmt: skip
def test_a_broken_point_names_file_row_and_field(
    tmp_path: Path, change: tuple[str, str], row: str, field: str
) -> None:
    file = tmp_path / "points.toml"
    file.write_text(f"points = [{POINT.replace(*change)}]", encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        points(file)
    error = caught.value
    assert (Path(error.file).name, error.row, error.field) == ("points.toml", row, field)
    assert str(error).startswith(f"points.toml: row {row}: field '{field}': ")


def test_a_point_that_stands_twice_names_the_second(tmp_path: Path) -> None:
    file = tmp_path / "points.toml"
    file.write_text(f"points = [{POINT}, {POINT}]", encoding="utf-8")
    with pytest.raises(
        CatalogueError, match=r"points\.toml: row 2 \(X\.P\): field 'code': .*twice"
    ):
        points(file)


def test_toml_that_is_none_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "points.toml"
    file.write_text("points = [\n  { code = }\n]", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"not valid TOML.*line 2"):
        points(file)
    with pytest.raises(CatalogueError, match="can't be read"):
        points(tmp_path / "none.toml")


@pytest.fixture
def brand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Brand:
    """Changes a copy of the brand chengshui and makes it the only one known."""

    def make(old: str, new: str) -> None:
        folder = tmp_path / "profiles"
        folder.mkdir()
        shutil.copy(FOLDER / "profiles" / "chengshui.toml", folder / "odd.toml")
        text = (folder / "odd.toml").read_text(encoding="utf-8")
        assert old in text
        (folder / "odd.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
        monkeypatch.setattr(module, "profiles", lambda: profiles(folder))
        compile_block.cache_clear()

    return make


@pytest.mark.parametrize(
    ("old", "new", "row", "field", "why"),
    [
        ('"PH.Q_IN", at', '"PH.NOPE", at', "2 (PH.NOPE)", "point", "no such point"),
        ('"PH.Q_IN", at', '"PH.V_IN", at', "2 (PH.V_IN)", "point", "belongs to block 'slow'"),
        ('"PH.Q_IN", at', '"PH.P_MAIN", at', "2 (PH.P_MAIN)", "code", "stands here twice"),
        ('"PH.Q_IN", at = 1,', '"PH.Q_IN", at = -1,', "2 (PH.Q_IN)", "at", "greater than"),
        ('"PH.Q_IN", at = 1, scale = "0.1"', '"PH.Q_IN", at = 1, scale = "0.0001"',
         "2 (PH.Q_IN)", "scale", "finer than the resolution"),
        ('"PH.Q_IN", at = 1, scale = "0.1"', '"PH.Q_IN", at = 1, type = "bit"',
         "2 (PH.Q_IN)", "type", "'bit' for a flow"),
        ('"EN.FLOOD", at = 14, type = "bit"', '"EN.FLOOD", at = 14, type = "int8"',
         "18 (EN.FLOOD)", "type", "Input should be"),
        ('word_order = "ABCD"', 'word_order = "AABB"', "1", "word_order", "Input should be"),
        ("function = 3", "function = 6", "1", "fast.function", "Input should be"),
    ],
)  # fmt: skip
def test_a_broken_profile_names_file_row_and_field(
    brand: Brand, old: str, new: str, row: str, field: str, why: str
) -> None:
    brand(old, new)
    with pytest.raises(CatalogueError, match=why) as caught:
        compile_block("odd", Layout.parse("TANK_VFD-3-1"), "fast")
    error = caught.value
    assert (Path(error.file).name, error.row, error.field) == ("odd.toml", row, field)


@pytest.mark.parametrize(
    ("old", "new", "row", "why"),
    [
        ('"PH.Q_IN", at = 1,', '"PH.Q_IN", at = 2,', "EL.P", "2 is taken by PH.Q_IN"),
        ('"EN.SMOKE", at = 14, type = "bit", bit = 6', '"EN.SMOKE", at = 14, type = "bit", bit = 3',
         "EN.SMOKE", "14 is taken by EN.FLOOD"),
        ('"CM.PLC_HB", at = 13', '"CM.PLC_HB", at = 14', "EL.MAINS_OK", "14 is taken by"),
        ('"PH.Q_IN", at = 1, scale', '"PH.Q_IN", at = 1, type = "uint32", scale', "EL.P",
         "2 is taken by PH.Q_IN"),
    ],
)  # fmt: skip
def test_two_points_on_one_register_are_refused(
    brand: Brand, old: str, new: str, row: str, why: str
) -> None:
    brand(old, new)
    with pytest.raises(CatalogueError, match=why) as caught:
        compile_block("odd", Layout.parse("TANK_VFD-3-1"), "fast")
    assert caught.value.field == "at"


def test_more_than_one_read_can_ask_is_refused(brand: Brand) -> None:
    brand('"PH.Q_IN", at = 1,', '"PH.Q_IN", at = 125,')
    layout = Layout.parse("STACKED-3-0")
    with pytest.raises(CatalogueError, match=r"126 registers, at most 125") as caught:
        compile_block("odd", layout, "fast")
    assert (caught.value.row, caught.value.field) == (layout.key, "fast")


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(CatalogueError, match=r"nope\.toml: .*no such profile"):
        compile_block("nope", Layout.parse("TANK_VFD-3-1"), "fast")


def test_station_types_and_columns_load() -> None:
    assert len(station_types()) >= 8
    assert headings()[plain(" Setpoint (MPa) ")] == "setpoint"
    assert headings()[plain("设定压力（MPa）")] == "setpoint"
    assert {c.code for c in station_columns().values() if c.required} >= {"code", "host", "type"}
