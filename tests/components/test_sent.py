"""What is sent is what Dash itself would send."""

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from dash import dcc, html
from dash._utils import to_json

from components.flat import given
from components.graph import figure, graph, line
from components.sent import sent
from components.tables import grid


def content() -> html.Div:
    fig = figure("dark")
    fig.add_trace(line([datetime(2026, 5, 1, tzinfo=UTC)], [1.5, np.nan], "l", "#fff"))
    times = np.array([datetime(2026, 5, d, tzinfo=ZoneInfo("Asia/Shanghai")) for d in (1, 2, 3)])
    fig.add_scatter(x=times, y=np.arange(6.0)[::2], text=np.array(["a", "b", "c"]))
    return html.Div(
        [
            "a < b",
            None,
            3.5,
            date(2026, 5, 1),
            np.float64(2),
            html.Span("t", id="p-q", **{"data-key": "k", "aria-label": "l"}),
            dcc.Input(id={"type": "i", "n": 1}, value=float("nan")),
            graph("p-g", fig, "zh"),
            grid("p-t", [{"field": "a"}], [{"id": "1", "a": np.int64(4)}], "en", rowSelection="x"),
        ],
        className="c",
        style={"width": "1px"},
    )


def test_it_is_what_dash_would_send() -> None:
    made = content()
    found = to_json({"response": {"a": sent(made), "b": sent("t")}})
    assert json.loads(found) == json.loads(to_json({"response": {"a": made, "b": "t"}}))
    assert "<" not in found  # as Dash writes it


def test_given_props_are_those_of_dash() -> None:
    for one in content().children:
        if hasattr(one, "to_plotly_json"):
            assert given(one) == one.to_plotly_json()["props"]


def test_what_cannot_be_sent_is_named() -> None:
    with pytest.raises(TypeError, match="not JSON serializable: set"):
        sent(html.Div({1, 2}))
