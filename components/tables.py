"""Tables: a plain one for short fixed lists, a grid where people sort and filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dash_ag_grid as dag
from dash import html

from components.flat import HTML, rendered, written
from data.catalogue.words import words

SHRUNK = 0.8
"""Share of its width that a column of a grid keeps."""
LETTER, SIGN, EDGES = 7.2, 12.5, 44
"""Width of a heading's Latin letter and Chinese sign, and of edges with the order's arrow, px."""
GRID_THEME = {
    "function": "themeQuartz.withParams({"
    "backgroundColor: 'var(--bg1)', foregroundColor: 'var(--fg1)', "
    "headerBackgroundColor: 'var(--bg1)', headerTextColor: 'var(--fg3)', "
    "borderColor: 'var(--line1)', rowHoverColor: 'var(--bg2)', "
    "selectedRowBackgroundColor: 'var(--bg3)', accentColor: 'var(--accent)', "
    "fontFamily: 'inherit', fontSize: 13, headerFontSize: 12, headerFontWeight: 500, "
    "rowHeight: 32, headerHeight: 32, wrapperBorder: false, columnBorder: false, "
    "headerColumnResizeHandleColor: 'transparent', cellHorizontalPadding: 12, "
    "browserColorScheme: 'inherit'})"
}


@dataclass(frozen=True)
class Field:
    """A column of a plain table: key of the row, its heading; numbers stand right.

    `css` may hold `soft` (second rank) and `wide` (not on phones).
    """

    key: str
    title: str = ""
    right: bool = False
    width: str = ""
    css: str = ""


def table(
    fields: Sequence[Field], rows: Sequence[dict[str, Any]], caption: str, css: str = ""
) -> html.Table:
    """A plain table. A row may hold `_css` (class) and `_props` (attributes of the <tr>).

    What a cell says is its title too, so that an ellipsis never hides a name for good. It is one
    component with ready HTML, unless a cell holds an element with an id.
    """
    name = f"table {css}".strip()
    try:
        return html.Table(
            className=name, **{HTML: rendered(_parts(fields, rows, caption, written))}
        )
    except ValueError:  # a callback reaches into a cell
        return html.Table(_parts(fields, rows, caption, _element), className=name)


def _parts(
    fields: Sequence[Field], rows: Sequence[dict[str, Any]], caption: str, make: Callable[..., Any]
) -> list[Any]:
    """Caption, columns, head and body; make(tag, content, **attributes) is one element."""
    columns = [
        make("col", None, style={"width": f.width} if f.width else {}, className=f.css)
        for f in fields
    ]
    heads = [make("th", f.title, className=_css(f), scope="col") for f in fields]
    body = [
        make(
            "tr",
            [_cell(f, row.get(f.key, ""), make) for f in fields],
            className=row.get("_css", ""),
            **row.get("_props", {}),
        )
        for row in rows
    ]
    return [
        make("caption", caption, className="unseen"),
        make("colgroup", columns),
        make("thead", make("tr", heads)),
        make("tbody", body),
    ]


def _element(tag: str, content: Any, **props: Any) -> Any:
    return getattr(html, tag.capitalize())(content, **props)


def grid(
    name: str,
    columns: Sequence[dict[str, Any]],
    rows: Sequence[dict[str, Any]],
    lang: str,
    **options: Any,
) -> dag.AgGrid:
    """A grid to sort and filter; each row needs a text `id`. `options` go to dashGridOptions."""
    return dag.AgGrid(
        id=name,
        columnDefs=[_least(column) for column in columns],
        rowData=list(rows),
        getRowId="params.data.id",
        defaultColDef={
            "sortable": True,
            "resizable": True,
            "suppressMovable": True,
            "wrapHeaderText": True,
            "autoHeaderHeight": True,
        },
        columnSize="responsiveSizeToFit",
        dashGridOptions={
            "theme": GRID_THEME,
            "localeText": grid_words(lang),
            "animateRows": False,
            "enableBrowserTooltips": True,
            "suppressCellFocus": False,
            **options,
        },
        className="grid",
        style={"height": "100%", "width": "100%"},
    )


def _least(column: dict[str, Any]) -> dict[str, Any]:
    """Columns shrink to fit, but not into their numbers: on a phone one scrolls sideways. What is
    cut all the same is told under the pointer."""
    found = {"tooltipField": column["field"], **column} if "field" in column else dict(column)
    if "width" not in column:
        return found
    return {
        "minWidth": max(round(SHRUNK * found["width"]), _head_room(column.get("headerName", ""))),
        **found,
    }


def _head_room(title: str) -> int:
    """Pixels that a heading needs at the least: words go to a second line and are never cut, save
    Chinese, which breaks after four signs."""
    wide = [LETTER * len(w) if w.isascii() else SIGN * min(len(w), 4) for w in title.split()]
    return round(max(wide) + EDGES) if wide else 0


def grid_words(lang: str) -> dict[str, str]:
    """The grid's own texts in `lang`: every key of the catalogue that begins with `grid.`."""
    return {k.removeprefix("grid."): v for k, v in words(lang).items() if k.startswith("grid.")}


def _css(field: Field) -> str:
    return f"{'right ' if field.right else ''}{field.css}".strip()


def _cell(field: Field, value: Any, make: Callable[..., Any]) -> Any:
    words = "" if field.right else _words(value).strip()
    title: dict[str, Any] = {"title": words} if words else {}
    return make("td", value, className=_css(field), **title)


def _words(value: Any) -> str:
    """The texts of an element, one after the other."""
    if isinstance(value, (list, tuple)):
        return "".join(map(_words, value))
    return value if isinstance(value, str) else _words(getattr(value, "children", None) or "")
