"""The read-only REST API under /api/v1: what the pages know, for programs.

Session or bearer token, both by the gate; scope and role hold as on the pages. docs/api.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import orjson
from flask import Blueprint, Response, request

from components.page import View, current
from data.catalogue.indicators import Indicator, offered
from data.indicator_rights import facts_seen
from data.lake import UnknownPoint
from data.rights import Forbidden, NotFound
from data.stores import Stores
from pages import api_explain as explain
from pages.api_openapi import Route, document
from pages.api_parameters import MOST, BadParameter, read_all, span
from pages.api_routes import BASE, ROUTES
from pages.desk import Desk, desk_of
from pages.desk_corrected import MARK
from pages.desk_events import span_of
from pages.login import Person

Values = dict[str, Any]
PLACES = ("district", "compound", "type", "station")
"""Parameters that narrow the stations."""
HIDDEN = {"host", "port", "unit", "profile", "sets", "compound_id"}
"""Of a station: how it is reached is nobody's business but the collector's."""


class Api:
    """One method a route; each takes the viewer and the checked parameters."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.desk: Desk = desk_of(stores)

    def stations(self, view: View, values: Values) -> Any:
        rows = self._stations(view, values)
        codes = {d.id: d.code for d in self.stores.stations.districts(view.scope)}
        homes = {c.id: c.code for c in self.stores.stations.compounds(view.scope).values()}
        made = [
            {k: v for k, v in asdict(s).items() if k not in HIDDEN}
            | {
                "district": codes.get(s.district_id),
                "compound": homes.get(s.compound_id or 0),
                "zones": [asdict(z) for z in s.sets],
            }
            for s in rows
        ]
        return _page(made, values)

    def series(self, view: View, values: Values) -> Any:
        station = self.stores.stations.by_code(values["code"], view.scope)
        if station is None:
            raise NotFound("station", values["code"])
        start, end = values["start"], values["end"]
        if start >= end:
            raise BadParameter("start", "'start' has to come before 'end'")
        try:
            found = self.stores.lake.series(station, values["point"], start, end, values["points"])
        except UnknownPoint as error:
            raise BadParameter("point", str(error)) from error
        frame = found.frame.select("ts", *values["point"])
        columns = {name: frame[name].to_list() for name in frame.columns}
        return {"station": station.code, "grain": found.grain, "columns": columns}

    def indicators(self, view: View, values: Values) -> Any:
        return _page([_described(row) for row in offered(view.user.role).values()], values)

    def indicator_values(self, view: View, values: Values) -> Any:
        row = self.desk.indicator(view, values["code"])
        start, end = span(values, self._today(view))
        ids, by = self._ids(view, values), values["by"]
        if not by:
            told = self.desk.figure(view, row.code, start, end, stations=ids)
            items = [{"figure": explain.figure_json(told)}]
        else:
            frame = self.desk.table(view, [row.code], start, end, by, ids)
            items = [self._group(r, row, by) for r in frame.iter_rows(named=True)]
        answer: Values = _page(items, values)
        return answer | {"indicator": _described(row), "from": start, "to": end}

    def explain(self, view: View, values: Values) -> Any:
        start, end = span(values, self._today(view))
        place = explain.place_words(self.stores, view, values)
        ids = self._ids(view, values)
        return explain.explained(self.desk, view, values["code"], start, end, ids, place)

    def explain_rows(self, view: View, values: Values) -> Any:
        start, end = span(values, self._today(view))
        ids = self._ids(view, values)
        body = explain.rows_csv(self.desk, view, values["code"], start, end, ids)
        answer = Response(body, mimetype="text/csv")
        answer.headers["Content-Disposition"] = f'attachment; filename="{values["code"]}-rows.csv"'
        return answer

    def facts(self, view: View, values: Values) -> Any:
        start, end = span(values, self._today(view))
        stations = {s.id: s.code for s in self._stations(view, values)}
        frame = self.stores.lake.facts("station_day", start, end, stations)
        cut = frame.slice(values["offset"], values["limit"])
        cut = cut.select(seen := facts_seen(view.user, frame.columns))
        items = [{**r, "station": stations[r["station"]]} for r in cut.iter_rows(named=True)]
        answer: Values = _paged(items, frame.height, values)
        return answer | {"left_out": [name for name in frame.columns if name not in seen]}

    def alarms(self, view: View, values: Values) -> Any:
        if values["open"]:
            rows = self.stores.alarms.open(view.scope)
        else:
            first, last = span_of(view, *span(values, self._today(view)))
            rows = self.stores.alarms.history(view.scope, first, last, 200_000)
        wanted = self._ids(view, values)
        return _page([_event(r) for r in rows if wanted is None or r.station_id in wanted], values)

    def work_orders(self, view: View, values: Values) -> Any:
        states = values["state"] or None
        rows = self.stores.work_orders.list(view.scope, states, limit=200_000)
        wanted = self._ids(view, values)
        return _page([_event(r) for r in rows if wanted is None or r.station_id in wanted], values)

    def openapi(self, view: View, values: Values) -> Any:
        return document(ROUTES, BASE)

    def _group(self, row: Values, indicator: Indicator, by: tuple[str, ...]) -> Values:
        """One group of a table with the codes of its places."""
        group = {key: row[key] for key in by}
        if "station" in group:
            station = self.stores.stations.get(group["station"])
            group["station"] = station.code if station else None
        if "district" in group:
            codes = {d.id: d.code for d in self.stores.stations.districts()}
            group["district"] = codes.get(group["district"])
        code = indicator.code
        told = {"value": row[code], "coverage": row[f"{code}.coverage"]}
        told |= {n: row.get(f"{code}.{n}") for n in ("low", "high")}
        told |= {"corrected_s": row[MARK] or 0.0, "version": 1 + row["revisions"]}
        return {**group, **told, "unit": indicator.unit}

    def _stations(self, view: View, values: Values) -> list[Any]:
        """Stations of the viewer's scope that district, compound, type and station leave."""
        known = {d.code: d.id for d in self.stores.stations.districts(view.scope)}
        rows = list(self.stores.stations.all(view.scope))
        if values.get("district"):
            if values["district"] not in known:
                raise NotFound("district", values["district"])
            rows = [s for s in rows if s.district_id == known[values["district"]]]
        if values.get("compound"):
            homes = self.stores.stations.compounds(view.scope).values()
            home = next((c.id for c in homes if c.code == values["compound"]), None)
            if home is None:
                raise NotFound("compound", values["compound"])
            rows = [s for s in rows if s.compound_id == home]
        if values.get("type"):
            rows = [s for s in rows if s.type == values["type"]]
        if values.get("station"):
            codes = {s.code for s in rows}
            for code in values["station"]:
                if code not in codes:
                    raise NotFound("station", code)
            rows = [s for s in rows if s.code in values["station"]]
        return rows

    def _ids(self, view: View, values: Values) -> list[int] | None:
        if not any(values.get(name) for name in PLACES):
            return None
        return [s.id for s in self._stations(view, values)]

    def _today(self, view: View) -> date:
        return view.now.astimezone(self.stores.settings.zone).date()


def person_of(stores: Stores, secret: str) -> Person | None:
    """Whose key a program shows; None when it is no living one."""
    row = stores.api_tokens.check(secret, datetime.now(UTC))
    return None if row is None else Person(row)


def blueprint(stores: Stores) -> Blueprint:
    """All routes under BASE; the gate has said who asks."""
    api, routes = Api(stores), Blueprint("api", __name__)
    for route in ROUTES:
        path = BASE + route.path.replace("{", "<").replace("}", ">")
        routes.add_url_rule(path, route.function, _answering(api, route))

    @routes.get(f"{BASE}/<path:rest>")
    def nothing(rest: str) -> Response:
        return reply({"error": f"there is no '{rest}' here; see {BASE}/openapi.json"}, 404)

    return routes


def _answering(api: Api, route: Route) -> Callable[..., Response]:
    """The view function of one route: parameters in, JSON out, errors as sentences."""
    method: Callable[[View, Values], Any] = getattr(api, route.function)

    def answer(**path: str) -> Response:
        view = current()
        try:
            given = {**request.args.to_dict(), **path}
            found = method(view, read_all(route.parameters, given, view.zone))
        except BadParameter as error:
            return reply({"error": str(error), "parameter": error.name}, 400)
        except Forbidden as error:
            return reply({"error": f"your role may not see this ({error.right})"}, 403)
        except NotFound as error:
            return reply({"error": f"there is no {error.kind} '{error.key}' in your reach"}, 404)
        return found if isinstance(found, Response) else reply(found)

    return answer


def reply(body: Any, status: int = 200) -> Response:
    """JSON; NaN becomes null, times are ISO with their zone."""
    content = orjson.dumps(body, default=str, option=orjson.OPT_SERIALIZE_NUMPY)
    answer = Response(content, status, mimetype="application/json")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _page(items: list[Any], values: Values) -> Values:
    offset, limit = values.get("offset", 0), values.get("limit", MOST)
    return _paged(items[offset : offset + limit], len(items), values)


def _paged(items: list[Any], total: int, values: Values) -> Values:
    offset, limit = values.get("offset", 0), values.get("limit", MOST)
    after = offset + len(items)
    more = after if after < total and items else None
    return {"items": items, "total": total, "limit": limit, "offset": offset, "next": more}


def _described(row: Indicator) -> Values:
    names = ("k", "code", "theme", "zh", "en", "unit", "decimals", "source", "numerator",
             "denominator", "reducer", "scale", "better", "target", "version", "definition_zh",
             "definition_en")  # fmt: skip
    return {name: getattr(row, name) for name in names} | {"grains": list(row.grains)}


def _event(row: Any) -> Values:
    """An alarm or order without the internal numbers of other tables."""
    told = {k: v for k, v in asdict(row).items() if k not in ("station_id", "parent_id")}
    return {k: (None if isinstance(v, float) and math.isnan(v) else v) for k, v in told.items()}
