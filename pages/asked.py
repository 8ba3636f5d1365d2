"""What an address asks for in vain: a parameter that can't be read, or names what isn't there.

PARAMETERS says what each page reads from its address. The router shows the sentences of `wrong`
above the page, which stands on its defaults; names that no page reads are nobody's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from dash import dcc, html

from components.moments import moment
from components.page import Page, View
from components.time_range import ALIGN, COMPARE
from data.catalogue.column_sets import column_sets
from data.catalogue.diagnosis import matrix
from data.catalogue.points import station_types
from data.catalogue.profiles import profiles
from data.catalogue.rules import rules
from data.catalogue.telling import telling
from data.rights import NotFound
from data.solutions import STATES as SOLUTION_STATES
from data.stores import Stores
from pages import (
    alarm_rows,
    correction_asked,
    energy_panels,
    energy_ranking,
    energy_sums,
    order_rows,
    points_charts,
    points_data,
    stations_rows,
)
from pages import on_call_facts as on_call
from pages.alarm_statistics_facts import GROUPS, LISTS
from pages.comparison_panels import TABS
from pages.guarded import Broken, attempt
from pages.leakage_scene import RANKS
from pages.places import MARKS, METRICS
from pages.pumps_ranking import RANKS as PUMP_RANKS
from pages.reach import entities, place_of, whole_number
from pages.station_tabs import BODIES

Check = Callable[[Stores, View, str], str]
"""(stores, view, value) -> what is wrong with it, '' for nothing."""
LONGEST = 40
"""Letters of a value that are repeated."""


def wrong(stores: Stores, view: View, page: Page) -> list[str]:
    """A sentence for each parameter of the address that makes no sense; [] when all do."""
    checks = PARAMETERS.get(page.name, {})
    said = [
        check(stores, view, value)
        for name, check in checks.items()
        if (value := view.params.get(name, "")) and name not in ("from", "to")
    ]
    if "from" in checks:
        said += _span(view)
    return [words for words in said if words]


def noticed(stores: Stores, view: View, page: Page, content: Any) -> Any:
    """The page, below what its address asked for in vain; nothing is said where the records that
    tell it can't be read."""
    said = attempt(lambda: wrong(stores, view, page))
    if isinstance(said, Broken) or not said:
        return content
    notice = html.P([html.Span(words) for words in said], className="fell-back", role="status")
    return html.Div([notice, content], className="noticed")


def absent(stores: Stores, view: View, problem: NotFound) -> tuple[str, Any]:
    """What isn't there in words, and the link to the nearest thing above it that is."""
    key, lang = str(problem.key), view.language
    if problem.kind not in ("station", "district", "compound", "set", "pump", "board"):
        return "", None
    why = view.text(f"not_found.{problem.kind}", what=key[:LONGEST])
    place, href = (view.text("stations.title"), "/stations")
    house = stores.stations.by_code(key.partition("/")[0], view.scope)
    if problem.kind == "board":
        place, href = view.text("my_indicators.title"), "/my-indicators"
    elif house is not None:
        place, href = house.name(lang), f"/stations/{house.code}"
    words = view.text("not_found.back", place=place)
    return why, dcc.Link(words, href=href, className="button")


def _told(view: View, key: str, name: str, value: str, **more: str) -> str:
    value = value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
    return view.text(key, name=view.text(f"asked.name.{name}"), value=value, **more)


def _one_of(name: str, known: Sequence[str], stores: Stores, view: View, value: str) -> str:
    if value in known:
        return ""
    listed = ", ".join(word for word in known if word)
    return _told(view, "asked.choice", name, value, known=listed)


def _place(name: str, stores: Stores, view: View, value: str) -> str:
    """A district's code, with or without d:, or a compound's with c:."""
    there = place_of(stores, view, value)
    return "" if there is not None else _told(view, "asked.absent", name, value)


def _type(stores: Stores, view: View, value: str) -> str:
    return _one_of("type", list(station_types()), stores, view, value)


def _house(name: str, stores: Stores, view: View, value: str) -> str:
    there = stores.stations.by_code(value.removeprefix("st:"), view.scope)
    return "" if there else _told(view, "asked.absent", name, value)


def _entities(stores: Stores, view: View, value: str) -> str:
    """Stations, sets and pumps that are compared; a page's default stays out of it."""
    _, lost = entities(stores, view)
    return " ".join(_told(view, "asked.absent", "sel", word) for word in lost)


def _key(
    there: Callable[[Stores, View, str], object], stores: Stores, view: View, value: str
) -> str:
    return "" if there(stores, view, value) else _told(view, "asked.absent", "sel", value)


def _alarm(stores: Stores, view: View, value: str) -> object:
    short = value.isascii() and value.isdecimal() and len(value) < 13
    return short and stores.alarms.get(int(value), view.scope)


def _solution(stores: Stores, view: View, value: str) -> object:
    if value == "new":
        return True
    return value.isascii() and value.isdecimal() and stores.solutions.get(int(value[:9]))


def _number(name: str, most: int, words: str, stores: Stores, view: View, value: str) -> str:
    """A whole number within ±most, or the one other word that means something."""
    read = whole_number(value)
    if value == words or (read is not None and abs(read) <= most):
        return ""
    return _told(view, "asked.number", name, value, most=f"{most:,}")


def _point(name: str, stores: Stores, view: View, value: str) -> str:
    known = points_data.known_codes(stores.stations.all(view.scope))
    return "" if value in known else _told(view, "asked.point", name, value)


def _corrected(stores: Stores, view: View, value: str) -> str:
    """A point that the station in question sends; without a station none is looked at."""
    station, column = correction_asked.chosen(stores, view, dict(view.params))
    if station is None:
        return _point("point", stores, view, value)
    here = column is not None and column.code == value
    return "" if here else _told(view, "asked.point", "point", value)


def _sort(stores: Stores, view: View, value: str) -> str:
    return _one_of("sort", stations_rows.sortable(view), stores, view, value.removeprefix("-"))


def _several(name: str, known: Sequence[str], stores: Stores, view: View, value: str) -> str:
    """Words with commas between."""
    said = [_one_of(name, known, stores, view, word) for word in value.split(",") if word]
    return " ".join(filter(None, said))


def _past(check: Check) -> Check:
    """A filter of the alarms' history finds nothing with a word that means nothing: the list never
    shows more than was asked for."""

    def checked(stores: Stores, view: View, value: str) -> str:
        said = check(stores, view, value)
        if not said or view.params.get("tab") != "history":
            return said
        return f"{said} {view.text('asked.history')}"

    return checked


def _span(view: View) -> Iterator[str]:
    """Times that can't be read, and a span that hasn't been or ends before it begins."""
    given = {name: view.params[name] for name in ("from", "to") if view.params.get(name)}
    read = {name: moment(value, view.now, view.zone) for name, value in given.items()}
    for name, at in read.items():
        if at is None:
            yield _told(view, "asked.time", name, given[name])
    if given and None not in read.values():
        start, end = read.get("from"), read.get("to") or view.now
        if start is None:
            yield _told(view, "asked.from", "to", given["to"])
        elif start >= min(end, view.now):
            value = f"{given['from']} – {given.get('to', 'now')}"
            yield _told(view, "asked.order", "from", value)


def _choices(**known: Sequence[str]) -> dict[str, Check]:
    return {name: partial(_one_of, name, list(values)) for name, values in known.items()}


def _keys(there: Callable[[Stores, View, str], object]) -> dict[str, Check]:
    return {"sel": partial(_key, there)}


def _nothing(stores: Stores, view: View, value: str) -> str:
    return ""


WHERE: dict[str, Check] = {"scope": partial(_place, "scope"), "type": _type}
WHEN: dict[str, Check] = {"from": _nothing, "to": _nothing}
AGAINST = WHEN | _choices(cmp=COMPARE, align=ALIGN)
COMPARED: dict[str, Check] = {"sel": _entities}
FAMILIES = sorted({id[2:4] for id in rules()})
PARAMETERS: Mapping[str, Mapping[str, Check]] = {
    "cockpit": AGAINST,
    "map": {"district": partial(_place, "district"), "station": partial(_house, "station"),
            "f": partial(_several, "f", (*MARKS, *station_types()))}
    | _choices(by=METRICS),
    "stations": WHERE | WHEN | {"sort": _sort}
    | _choices(set=list(column_sets()), state=stations_rows.STATES),
    "district": {"type": _type} | AGAINST,
    "compound": {"type": _type} | AGAINST,
    "station": AGAINST | _choices(tab=list(BODIES)),
    "pump_set": AGAINST,
    "pump": AGAINST,
    "alarms": WHEN | _keys(_alarm)
    | _choices(tab=alarm_rows.TABS, state=("waiting", "latched"), all=("1",))
    | {name: _past(check) for name, check in (WHERE | {"station": partial(_house, "station")}
       | _choices(level=("1", "2", "3", "4"), rule=list(rules()), family=FAMILIES,
                  brand=list(profiles()))).items()},
    "alarm_statistics": WHERE | WHEN | _choices(by=GROUPS, list=LISTS),
    "rules": _keys(lambda stores, view, value: value in stores.rules.all())
    | _choices(family=FAMILIES),
    "on_call": {"day": partial(_number, "day", on_call.FURTHEST, "")}
    | _choices(tab=on_call.TABS, span=list(on_call.SPANS), duty=list(telling().duties)),
    "solutions": _choices(state=SOLUTION_STATES, fault=list(matrix().faults)) | _keys(_solution),
    "work_orders": _choices(filter=order_rows.FILTERS)
    | _keys(lambda stores, view, value: stores.work_orders.by_number(value, view.scope)),
    "energy": WHERE | WHEN | COMPARED | {"at": partial(_house, "at")}
    | _choices(base=energy_panels.BASES, m=list(energy_sums.UNITS))
    | _choices(rank=list(energy_ranking.RANKS)),
    "pumps": WHERE | WHEN | COMPARED | _choices(rank=PUMP_RANKS),
    "leakage": WHERE | WHEN | {"at": partial(_house, "at")}
    | _choices(rank=RANKS, only=("grown",)),
    "comparison": WHERE | AGAINST | COMPARED | _choices(tab=list(TABS)),
    "points": AGAINST | COMPARED | {name: partial(_point, name) for name in ("p", "p2")}
    | {"lag": partial(_number, "lag", points_data.MOST_LAG, "best")}
    | _choices(view=points_charts.VIEWS, norm=points_charts.SCALES),
    "demand": WHERE | COMPARED
    | _choices(cmp=("none", "yesterday", "week"), days=("14", "28", "56")),
    "quality": WHERE | WHEN | COMPARED,
    "indicators": WHERE | WHEN,
    "corrections": WHEN | {"sel": partial(_house, "sel"), "point": _corrected},
    "my_indicators": _choices(edit=("1",)),
}  # fmt: skip
