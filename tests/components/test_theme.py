from __future__ import annotations

import re
from pathlib import Path

import plotly.io as pio
import pytest

from components.graph import compare_line, config, figure, graph, line, plain
from components.theme import SERIES, THEMES, template_name, tokens

ROOT = Path(__file__).resolve().parent.parent.parent


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("field", ["bg0", "bg1"])
def test_text_can_be_read(theme: str, field: str) -> None:
    t = tokens(theme)
    for name in ("fg1", "fg2", "fg3", "accent", "p1-text", "p2-text", "p3-text", "p4-text"):
        assert contrast(t[name], t[field]) >= 4.5, name
    assert contrast(t["line3"], t[field]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_alarm_text_can_be_read_on_its_own_row(theme: str) -> None:
    t = tokens(theme)
    for level in (1, 2, 3):
        assert contrast(t[f"p{level}-text"], t[f"p{level}-row"]) >= 4.5
        assert contrast(t["fg1"], t[f"p{level}-row"]) >= 4.5


def test_both_themes_have_the_same_tokens() -> None:
    assert tokens("dark").keys() == tokens("light").keys()
    assert len(tokens("dark")) > 40


def test_series_never_take_an_alarm_colour() -> None:
    for theme in THEMES:
        t = tokens(theme)
        assert not {t[s] for s in SERIES} & {t[f"p{n}"] for n in (1, 2, 3, 4)}


@pytest.mark.parametrize("theme", THEMES)
def test_the_template_is_the_themes(theme: str) -> None:
    layout = pio.templates[template_name(theme)].layout
    assert layout.colorway == tuple(tokens(theme)[s] for s in SERIES)
    assert layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert layout.yaxis.title.text == ""


@pytest.mark.parametrize("theme", THEMES)
def test_a_chart_is_sent_in_its_template(theme: str) -> None:
    own = pio.templates[template_name(theme)].to_plotly_json()
    trace = {"type": "scatter", "y": [1, 2]}
    for made in (figure(theme, bargap=0.1), plain(theme, [trace], {"bargap": 0.1})):
        assert made.layout.template.layout.font.size is None  # not checked with every chart
        sent = made.to_plotly_json()["layout"]
        assert sent == {"bargap": 0.1, "template": own}


def test_a_chart_can_send_nothing_away() -> None:
    for lang in ("zh", "en"):
        found = config(lang, "x")
        assert found["showSendToCloud"] is False
        assert found["plotlyServerURL"] == ""
        assert found["displaylogo"] is False
        assert found["modeBarButtons"] == [["resetScale2d", "toImage"]]
    assert config("zh", "x")["locale"] == "zh-CN"
    assert config("zh", "x")["locales"]["zh-CN"]["format"]["days"][0] == "周日"


def test_a_line_keeps_its_gaps_and_the_compared_one_is_dotted_grey() -> None:
    made = line([1, 2, 3], [1, None, 3], "x", "#ffffff")
    assert made.connectgaps is False
    assert made.line.width == 2
    grey = compare_line([1], [1], "x", "dark")
    assert (grey.line.dash, grey.line.color) == ("dot", tokens("dark")["fg3"])


def test_zoom_survives_new_data() -> None:
    made = plain("dark", [{"type": "scatter", "y": [1]}], {})
    assert graph("a-b", made, "zh", revision="r").figure.layout.uirevision == "r"


def test_charts_are_made_by_graph_alone() -> None:
    """A bare dcc.Graph would bring the toolbar that uploads charts."""
    bare = [
        file.name
        for room in ("components", "pages")
        for file in (ROOT / room).glob("*.py")
        if re.search(r"\bdcc\.Graph\(", file.read_text(encoding="utf-8"))
    ]
    assert bare == ["graph.py"]


def test_colours_stand_in_the_tokens_alone() -> None:
    """Neither code nor other style sheets name a colour of their own."""
    pattern = re.compile(r"#[0-9A-Fa-f]{6}\b|#[0-9A-Fa-f]{3}\b(?=[;\"' ])")
    found = {}
    files = [
        *(ROOT / "assets").rglob("*.css"),
        *(ROOT / "components").glob("*.py"),
        *(ROOT / "pages").glob("*.py"),
    ]
    for file in files:
        if file.name == "tokens.css":
            continue
        if hits := pattern.findall(file.read_text(encoding="utf-8")):
            found[file.name] = hits
    assert not found
