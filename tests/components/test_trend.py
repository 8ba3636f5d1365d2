"""A trend against what it must be read with."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from components.theme import tokens
from components.trend import Event, Line, Trend, site_time, trend

START = np.datetime64("2026-11-22T00:00", "ms")
HOUR = np.timedelta64(1, "h")
TIMES = START + np.arange(6) * HOUR
VALUES = np.array([0.42, 0.43, np.nan, 0.41, 0.30, 0.42])
PLAIN = Trend(
    unit="MPa", decimals=2, times=TIMES, lines=[Line("出水压力", VALUES)], start=START,
    end=START + 24 * HOUR, now=START + 6 * HOUR,
)  # fmt: skip


def parts(chart: Trend, theme: str = "dark") -> tuple[list[dict[str, Any]], dict[str, Any]]:
    made = trend(chart, theme).to_plotly_json()
    return made["data"], made["layout"]


def numbers(packed: Any) -> np.ndarray:
    """Values of a trace as the browser reads them."""
    return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])


def test_gaps_stay_gaps_and_the_line_is_its_series_colour() -> None:
    [line], layout = parts(PLAIN)
    assert line["connectgaps"] is False
    assert list(np.isnan(numbers(line["y"]))) == [False, False, True, False, False, False]
    assert line["line"]["color"] == tokens("dark")["d1"]
    assert layout["xaxis"]["range"] == [str(START), str(START + 24 * HOUR)]


def test_what_one_compares_with_is_thin_dotted_and_grey() -> None:
    line = Line("流量", VALUES, compare=VALUES[:3])
    chart = replace(PLAIN, lines=[line], compare_times=TIMES[:3], compare_name="昨天")
    then, _ = parts(chart)[0]
    assert then["name"] == "流量 · 昨天"
    assert then["line"] == {"color": tokens("dark")["fg3"], "width": 1, "dash": "dot"}
    assert len(then["x"]) == len(numbers(then["y"])) == 3


def test_a_band_takes_no_more_than_its_share_of_the_height() -> None:
    _, layout = parts(replace(PLAIN, band=(0.40, 0.44), lines=[Line("p", np.full(6, 0.42))]))
    low, high = layout["yaxis"]["range"]
    assert (0.44 - 0.40) / (high - low) <= 0.6
    _, layout = parts(replace(PLAIN, band=(0.40, 0.44)))
    assert layout["yaxis"]["range"][0] < 0.30  # a value far below the band is not cut off


def test_limit_set_point_and_now_are_lines_of_their_colours() -> None:
    chart = replace(PLAIN, limit=0.35, limit_level=1, setpoints=[0.42])
    shapes = parts(chart)[1]["shapes"]
    colors = tokens("dark")
    assert [s["line"]["color"] for s in shapes] == [colors["accent"], colors["p1"], colors["line3"]]
    assert shapes[1]["line"]["dash"] == "dash"
    assert shapes[2]["x0"] == str(PLAIN.now)


def test_an_alarm_stands_on_the_line_in_its_shape_beside_a_gap_too() -> None:
    at = START + 2 * HOUR + np.timedelta64(10, "m")
    [_, mark], _ = parts(replace(PLAIN, events=[Event(at, 2, "跳闸 <b>")]))
    assert mark["y"] == [0.41]  # nearest known value, not the gap
    assert mark["marker"]["symbol"] == "triangle-up"
    assert "<b>" not in mark["hovertemplate"]


def test_several_lines_are_named_in_their_own_colours() -> None:
    lines = [Line(name, VALUES, VALUES, VALUES) for name in ("低区", "中区", "高区")]
    traces, layout = parts(replace(PLAIN, lines=lines))
    assert len(traces) == 3  # no tint of extremes when there is more than one line
    [names] = layout["annotations"]
    colors = tokens("dark")
    assert [colors[n] in names["text"] for n in ("d1", "d2", "d3")] == [True] * 3


def test_extremes_are_a_tint_behind_a_single_line() -> None:
    traces, _ = parts(replace(PLAIN, lines=[Line("p", VALUES, VALUES - 0.01, VALUES + 0.01)]))
    assert [t.get("fill") for t in traces] == [None, "tonexty", None]


@pytest.mark.parametrize("empty", [True, False])
def test_no_data_is_an_empty_chart_not_an_error(empty: bool) -> None:
    values = np.empty(0) if empty else np.full(6, np.nan)
    chart = replace(PLAIN, times=TIMES[: len(values)], lines=[Line("p", values)], band=(0.4, 0.5))
    chart = replace(chart, events=[Event(START, 1, "x")])
    traces, layout = parts(chart)
    assert all(np.isfinite(layout["yaxis"]["range"]))
    assert len(traces) == (1 if empty else 2)


def test_site_time_is_the_clock_on_the_wall() -> None:
    at = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
    assert str(site_time(at, ZoneInfo("Asia/Shanghai"))) == "2026-11-22T14:30:00.000"
