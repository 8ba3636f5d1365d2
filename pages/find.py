"""Search: what a few letters may mean, within the viewer's reach; asked by assets/find.js.

GET /api/find?q=WORDS gives [{kind, name, note, href}], the likeliest first. Every word must be
found in a thing's names or codes. Stations and orders lie within the viewer's scope, pages and
indicators are those that the role may see.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import orjson
from flask import Blueprint, Response, request

from components.alarm_text import alarm_words, order_words
from components.page import Page, View, current
from data.catalogue.indicators import offered
from data.catalogue.rules import rules
from data.stores import Stores
from pages import drill
from pages.find_parts import meant, spelled

MOST_OF_KIND = {
    "page": 6, "district": 4, "station": 12, "compound": 6, "part": 12, "alarm": 1, "order": 4,
    "rule": 5, "indicator": 6,
}  # fmt: skip
"""Hits shown of each kind, in the order of the list."""
LONGEST = 80


class Hit(NamedTuple):
    """One thing that was found. `rank`: smaller is likelier."""

    rank: int
    kind: str
    name: str
    note: str
    href: str


def blueprint(stores: Stores, pages: Callable[[], Sequence[Page]]) -> Blueprint:
    """The route of the search."""
    routes = Blueprint("find", __name__)

    @routes.get("/api/find")
    def find() -> Response:
        found = hits(stores, current(), pages(), request.args.get("q", "")[:LONGEST])
        body = [{"kind": h.kind, "name": h.name, "note": h.note, "href": h.href} for h in found]
        made = Response(orjson.dumps(body), mimetype="application/json")
        made.headers["Cache-Control"] = "no-store"
        return made

    return routes


def hits(stores: Stores, view: View, pages: Sequence[Page], asked: str) -> list[Hit]:
    """What `asked` may mean; [] for nothing but blanks."""
    words = asked.lower().split()
    if not words:
        return []
    open_ = [page for page in pages if view.may_open(page)]
    kinds: dict[str, Iterable[Hit]] = {
        "page": _pages(view, open_, words),
        "district": _districts(stores, view, words),
        "station": _stations(stores, view, words),
        "compound": _compounds(stores, view, words),
        "part": _parts(stores, view, words),
        "alarm": _alarms(stores, view, open_, words),
        "order": _orders(stores, view, words),
        "rule": _rules(view, open_, words),
        "indicator": _indicators(view, open_, words),
    }
    found = [
        hit
        for kind, some in kinds.items()
        for hit in sorted(some, key=lambda h: h.rank)[: MOST_OF_KIND[kind]]
    ]
    order = list(MOST_OF_KIND)
    return sorted(found, key=lambda h: (h.rank, order.index(h.kind)))


def _rank(words: Sequence[str], names: Sequence[str], rest: str = "") -> int | None:
    """0 = the whole of a name, 1 = its beginning, 2 = within, 3 = elsewhere; None = not it."""
    lowered = [name.lower() for name in names]
    text = " ".join([*lowered, rest.lower()])
    if not all(word in text for word in words):
        return None
    whole = " ".join(words)
    if whole in lowered:
        return 0
    if any(name.startswith(whole) for name in lowered):
        return 1
    return 2 if any(all(word in name for word in words) for name in lowered) else 3


def _pages(view: View, pages: Sequence[Page], words: Sequence[str]) -> Iterable[Hit]:
    for page in pages:
        if "{" in page.path:
            continue
        rank = _rank(words, [page.title("zh"), page.title("en")], page.path)
        if rank is not None:
            yield Hit(rank, "page", page.title(view.language), page.path, page.path)


def _districts(stores: Stores, view: View, words: Sequence[str]) -> Iterable[Hit]:
    for row in stores.stations.districts(view.scope):
        rank = _rank(words, [row.name_zh, row.name_en, row.code, *spelled(row.name_zh)])
        if rank is not None:
            yield Hit(rank, "district", row.name(view.language), "", f"/districts/{row.code}")


def _stations(stores: Stores, view: View, words: Sequence[str]) -> Iterable[Hit]:
    lang = view.language
    districts = {d.id: d for d in stores.stations.districts(view.scope)}
    for row in stores.stations.all(view.scope):
        of = districts[row.district_id]
        place = f"{row.address_zh} {row.address_en} {of.name_zh} {of.name_en}"
        names = [row.name_zh, row.name_en, row.code, *spelled(row.name_zh)]
        rank = _rank(words, names, place)
        if rank is not None:
            address = row.address_zh if lang == "zh" else row.address_en
            note = " · ".join(part for part in (row.code, of.name(lang), address) if part)
            yield Hit(rank, "station", row.name(lang), note, f"/stations/{row.code}")


def _compounds(stores: Stores, view: View, words: Sequence[str]) -> Iterable[Hit]:
    lang = view.language
    districts = {d.id: d.name(lang) for d in stores.stations.districts(view.scope)}
    houses = Counter(row.compound_id for row in stores.stations.all(view.scope))
    for row in stores.stations.compounds(view.scope).values():
        rank = _rank(words, [row.name_zh, row.name_en, row.code, *spelled(row.name_zh)])
        if rank is not None:
            count = view.text("shell.stations", n=f"{houses[row.id]:,}")
            note = f"{districts[row.district_id]} · {count}"
            yield Hit(rank, "compound", row.name(lang), note, drill.compound_path(row.code))


def _parts(stores: Stores, view: View, words: Sequence[str]) -> Iterable[Hit]:
    """Sets and pumps of the houses that the rest of the words find."""
    asked = meant(words)
    if not asked.words or not (asked.zone or asked.pump):
        return
    for hit in sorted(_stations(stores, view, asked.words))[: MOST_OF_KIND["part"]]:
        station = drill.house(stores, view, hit.href.rpartition("/")[2])
        for row in station.sets:
            if asked.zone not in ("", row.zone) or asked.pump > row.pumps:
                continue
            name = f"{hit.name} · {drill.set_name(view, station, row.zone)}"
            if asked.pump:
                name = f"{name} · {drill.pump_name(view, asked.pump)}"
            href = drill.station_path(station.code, row.zone, asked.pump)
            yield Hit(hit.rank, "part", name, station.code, href)


def _alarms(
    stores: Stores, view: View, pages: Sequence[Page], words: Sequence[str]
) -> Iterable[Hit]:
    """An alarm by its number."""
    path = next((page.path for page in pages if page.name == "alarms"), "")
    number = words[0].removeprefix("#")
    if not path or len(words) > 1 or not re.fullmatch(r"[0-9]{1,12}", number):
        return
    row = stores.alarms.get(int(number), view.scope)
    if row is not None:
        said = alarm_words(row.rule, row.place, view.language)
        note = f"{row.station(view.language)} · {view.text(f'alarm_state.{row.state}')}"
        yield Hit(0, "alarm", f"{number} {said}", note, f"{path}?sel={row.id}")


def _orders(stores: Stores, view: View, words: Sequence[str]) -> Iterable[Hit]:
    """A work order by its whole number."""
    if len(words) == 1 and any(sign.isdigit() for sign in words[0]):
        row = stores.work_orders.by_number(words[0].upper(), view.scope)
        if row is not None:
            note = f"{row.station(view.language)} · {order_words(row.template, view.language)}"
            yield Hit(0, "order", row.number, note, f"/work-orders?sel={row.number}")


def _rules(view: View, pages: Sequence[Page], words: Sequence[str]) -> Iterable[Hit]:
    path = next((page.path for page in pages if page.name == "rules"), "")
    for row in rules().values() if path else ():
        rank = _rank(words, [row.id, row.zh, row.en])
        if rank is not None:
            name = row.zh if view.language == "zh" else row.en
            yield Hit(rank, "rule", name, row.id, f"{path}?sel={row.id}")


def _indicators(view: View, pages: Sequence[Page], words: Sequence[str]) -> Iterable[Hit]:
    path = next((page.path for page in pages if page.name == "indicators"), "")
    for row in offered(view.user.role).values() if path else ():
        rank = _rank(words, [row.zh, row.en, row.k])
        if rank is not None:
            yield Hit(rank, "indicator", row.name(view.language), row.k, path)
