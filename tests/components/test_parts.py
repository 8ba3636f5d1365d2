"""Glyphs, sparks, tiles, tables, ids and pages: what they promise to those who use them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from dash import html
from hypothesis import given
from hypothesis import strategies as st

from components import spark as sparks
from components.alarm_text import alarm_value, alarm_words, place_words
from components.flat import HTML
from components.glyphs import ICONS, STATES, icon_markup, level_glyph, level_markup, state_markup
from components.ids import each, ident, page_of
from components.kpi import kpi
from components.page import Page
from components.panel import chip, panel
from components.svg import clean, drawing
from components.tables import Field, grid, grid_words, table

VALUES = st.lists(st.none() | st.floats(-1e6, 1e6) | st.just(float("nan")), max_size=40)


def markup(element: html.Span) -> ET.Element:
    """The element's drawing, parsed: it must be well-formed."""
    return ET.fromstring(element.to_plotly_json()["props"]["data-svg"])  # noqa: S314


@pytest.mark.parametrize("level", [1, 2, 3, 4])
@pytest.mark.parametrize("state", STATES)
def test_an_alarm_mark_has_shape_digit_colour_and_word(level: int, state: str) -> None:
    root = ET.fromstring(level_markup(level, state))  # noqa: S314
    group = root.find("g")
    assert group is not None
    assert group.attrib["class"] == f"glyph l{level} {state}"
    assert [t.text for t in root.iter("text")] == [str(level)]
    rings = [e for e in root.iter("rect") if "ring" in e.get("class", "").split()]
    assert len(rings) == (state == "unacknowledged")
    assert all(("urgent" in ring.attrib["class"]) == (level < 3) for ring in rings)
    assert level_glyph(level, "en", state).title


def test_four_levels_have_four_shapes() -> None:
    shapes = {
        re.sub(r"<text.*?</text>", "", level_markup(n)).split(">", 2)[2] for n in (1, 2, 3, 4)
    }
    assert len(shapes) == 4


def test_a_small_mark_drops_its_digit_but_keeps_its_shape() -> None:
    assert "<text" not in level_markup(2, size=10)
    assert "<path" in level_markup(2, size=10)
    with pytest.raises(KeyError):
        level_markup(5)


def test_every_icon_and_state_is_well_formed() -> None:
    for name in ICONS:
        ET.fromstring(icon_markup(name))  # noqa: S314
    for state in ("normal", "offline", "maintenance"):
        ET.fromstring(state_markup(state))  # noqa: S314


def test_text_in_a_drawing_is_harmless() -> None:
    assert clean('<script>"&') == "&lt;script&gt;&quot;&amp;"
    assert drawing("<svg/>").to_plotly_json()["props"]["aria-hidden"] == "true"
    assert drawing("<svg/>", "Level").to_plotly_json()["props"]["role"] == "img"


@given(VALUES, VALUES, st.none() | st.tuples(st.floats(-10, 0), st.floats(0, 10)))
def test_a_spark_stays_inside_its_box_whatever_it_draws(
    values: list[float | None], compare: list[float | None], band: tuple[float, float] | None
) -> None:
    root = markup(sparks.spark(values, band, compare, height=28))
    for path in root.iter("path"):
        numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", path.get("d", "").split("h0")[0])]
        assert all(-0.2 <= x <= 120.2 for x in numbers[::2])
        assert all(-0.2 <= y <= 28.2 for y in numbers[1::2])


def test_a_gap_in_a_spark_stays_a_gap() -> None:
    line = markup(sparks.spark([1, 2, None, 4, 5])).find("path[@class='line']")
    assert line is not None
    assert line.get("d", "").count("M") == 2


def test_the_band_takes_sixty_percent_of_the_scale() -> None:
    band = markup(sparks.spark([5.0, 5.1], band=(4.0, 6.0), height=28)).find("rect[@class='band']")
    assert band is not None
    assert float(band.get("height", "0")) == pytest.approx(24 * 0.6, abs=0.1)


def test_a_bullet_without_value_has_no_bar_and_the_tick_marks_the_target() -> None:
    root = markup(sparks.bullet(None, 0.5, 1.0))
    bar = root.find("rect[@class='bar l0']")
    assert bar is not None
    assert float(bar.get("width", "1")) == 0
    assert root.find("path[@class='tick']") is not None


def test_stages_share_the_bar() -> None:
    root = markup(sparks.stages([1, 3, 0, 0]))
    widths = [
        float(e.get("width", "0")) for e in root.iter("rect") if "stage" in e.get("class", "")
    ]
    assert widths == pytest.approx([24.6, 74.6, 0, 0])


def test_a_tile_that_breaks_its_limit_says_so_by_more_than_colour() -> None:
    calm = kpi("Pressure", "%", "99.6", [("Target", "≥ 99")])
    broken = kpi("Pressure", "%", "98.1", [("Target", "≥ 99")], level=2, href="/map")
    assert "broken" not in calm.className
    assert broken.className.endswith("broken l2")
    assert "data-svg" in broken.children[0].children[0].to_plotly_json()["props"]
    assert broken.href == "/map"


def test_ids_begin_with_their_page() -> None:
    assert page_of(ident("work_orders", "list")) == "work_orders"
    assert page_of('{"index":3,"type":"alarms-row"}') == "alarms"
    assert each("alarms", "row", 3) == {"type": "alarms-row", "index": 3}
    assert [page_of(x) for x in ("nodash", "{broken", "")] == ["", "", ""]


def test_a_page_knows_its_paths() -> None:
    station = Page("station", "/stations/{code}")
    assert station.match("/stations/XM-0007") == {"code": "XM-0007"}
    assert station.match("/stations/XM-0007/") == {"code": "XM-0007"}
    assert station.match("/stations") is None
    assert station.match("/stations/a/b") is None
    assert Page("cockpit", "/").match("/") == {}
    assert Page("a", "/a.b").match("/axb") is None


def test_a_plain_table_titles_what_may_be_cut_and_says_what_it_is() -> None:
    made = table(
        [Field("name", "Name"), Field("value", "Value", right=True)],
        [{"name": "X", "value": "1"}],
        "Things",
    )
    told = made.to_plotly_json()["props"][HTML]
    assert '<caption class="unseen">Things</caption>' in told
    assert '<td title="X">X</td><td class="right">1</td>' in told


def test_a_cell_of_parts_is_titled_with_all_its_words() -> None:
    parts = html.A([html.Span("●"), " ", html.Span("枫林花园")], href="/")
    made = table([Field("name", "name")], [{"name": parts}], "c")
    assert '<td title="● 枫林花园">' in made.to_plotly_json()["props"][HTML]


def test_a_table_that_a_callback_reaches_into_has_the_same_parts() -> None:
    fields = [Field("name", "Name", width="8%", css="soft"), Field("value", "Value", right=True)]
    row = {"name": "A & B", "value": html.Button("!", id="p-q"), "_props": {"tabIndex": "0"}}
    caption, _, head, body = table(fields, [row], "c").children
    assert (caption.children, head.children.children[0].className) == ("c", "soft")
    name, value = body.children[0].children
    assert (name.title, value.className, value.children.id) == ("A & B", "right", "p-q")
    assert body.children[0].tabIndex == "0"


def test_a_column_has_room_for_the_longest_word_of_its_heading() -> None:
    columns = [
        {"field": "a", "headerName": "Mean discharge", "width": 40},
        {"field": "b", "headerName": "D", "width": 400},
    ]
    narrow, wide = grid("g", columns, [], "en").columnDefs
    assert narrow["minWidth"] > 7 * len("discharge") and wide["minWidth"] == 320


def test_the_grid_speaks_the_viewers_language() -> None:
    made = grid("a-grid", [{"field": "x"}], [{"id": "1", "x": 2}], "zh")
    assert made.dashGridOptions["localeText"]["noRowsToShow"] == "没有记录"
    assert "themeQuartz" in made.dashGridOptions["theme"]["function"]
    assert grid_words("en").keys() == grid_words("zh").keys()


def test_panels_and_chips() -> None:
    made = panel("Title", "body", "m³/h", tag="data stopped", name="a-b")
    assert made.id == "a-b"
    assert [type(c).__name__ for c in made.children[0].children] == ["H2", "Span", "Span"]
    assert chip("Alarm", 1041).children[1].children == "1,041"
    assert chip("Alarm", "—").children[1].children == "—"
    assert chip("Alarm").children == ["Alarm"]


def test_alarms_say_what_and_where() -> None:
    assert place_words("L.P2", "zh") == "低区 2# 泵"
    assert place_words("T1", "en") == "tank 1"
    assert place_words("", "zh") == ""
    assert alarm_words("R-PU-01", "L.P2", "zh").endswith(" · 低区 2# 泵")
    assert alarm_words("R-XX-99", "", "en") == "R-XX-99"
    assert alarm_value("R-HY-01", "L.P_OUT", 0.21) == ("0.210", "MPa")
    assert alarm_value("R-PU-01", "L.P2.FAULT", 1.0) == ("—", "")
