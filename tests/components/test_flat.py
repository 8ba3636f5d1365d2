from __future__ import annotations

from html.parser import HTMLParser

import pytest
from dash import dcc, html
from hypothesis import given
from hypothesis import strategies as st

from components.flat import HTML, flat, rendered
from components.glyphs import level_glyph
from components.kpi import kpi
from components.tables import Field, table


class Reader(HTMLParser):
    """Texts, tags and attributes as a browser would read them."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.tags, self.attributes = "", [], {}  # type: ignore[var-annotated]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def read(markup: str) -> Reader:
    reader = Reader()
    reader.feed(markup)
    return reader


@given(st.text("<>&\"'/= abc中", max_size=40))
def test_whatever_somebody_typed_stays_text(typed: str) -> None:
    found = read(rendered(html.B(typed, title=typed)))
    assert found.tags == ["b"]
    assert found.text == typed
    assert found.attributes["title"] == typed


def test_properties_become_attributes() -> None:
    shown = rendered(
        html.Div(
            ["a", None, 3, html.Br()],
            className="x y",
            hidden=True,
            style={"height": 34, "--place": "2", "backgroundColor": "red", "opacity": 0.5},
            **{"data-live": "online", "aria-hidden": "true"},
        )
    )
    assert shown == (
        '<div aria-hidden="true" class="x y" data-live="online" hidden '
        'style="height:34px;--place:2;background-color:red;opacity:0.5">a3<br></div>'
    )


def test_links_stay_within_the_app_and_drawings_are_drawn() -> None:
    shown = rendered(dcc.Link("Map", href="/map?a=1&b=2", className="more"))
    assert shown == '<a class="more" data-link="1" href="/map?a=1&amp;b=2">Map</a>'
    mark = rendered(level_glyph(2, "en"))
    assert mark.count("<svg") == 1
    assert "data-svg" not in mark


def test_what_a_callback_would_reach_into_is_refused() -> None:
    with pytest.raises(ValueError, match="'a-b' has an id"):
        rendered(html.Div(html.Span(id="a-b")))
    with pytest.raises(ValueError, match="Input"):
        rendered(dcc.Input())


def test_a_table_and_a_tile_are_one_component() -> None:
    made = flat([table([Field("a", "A")], [{"a": "x"}], "T"), kpi("K", "%", "1", [])], id="p-q")
    assert isinstance(made, html.Div)
    assert getattr(made, "children", None) is None
    found = read(made.to_plotly_json()["props"][HTML])
    assert found.tags.count("table") == 1
    assert "x" in found.text
