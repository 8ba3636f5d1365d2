"""The live feed: /api/live for the fleet, /api/live/CODE for one station.

Bytes are made once per tick and scope and then given to everybody; a client that has them
already gets 304. The age of the data travels in a header, because it changes without them.
"""

from __future__ import annotations

import gzip
import time
from functools import cache
from hashlib import sha256
from threading import Lock
from typing import Any

import numpy as np
import orjson
from flask import Blueprint, Response, request

from components.page import current
from data.catalogue.points import point
from data.settings import ROOT
from data.snapshot import MISSING, Snapshot
from data.station_rows import Scope
from data.stores import Stores

OFFLINE = 5
SERVED = (
    "app.py", "analytics/*.py", "assets/**/*.*", "components/*.py", "data/*.py",
    "data/catalogue/**/*.*", "pages/*.py",
)  # fmt: skip
"""What an open page is made of."""
KEPT = 512
"""Answers kept for one tick, so that no scan of station codes fills the memory."""


class Feed:
    """Prebuilt answers of the newest tick."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lock = Lock()
        self._tick: tuple[int, int] = (-1, -1)
        self._made: dict[tuple[Scope, str], bytes] = {}

    def answer(self, scope: Scope, code: str) -> tuple[bytes, str, float] | None:
        """(gzip bytes, tag, age in s) of a station, or of the fleet when `code` is ''.

        None when there is no snapshot, or no such station in the scope.
        """
        snapshot = self._stores.snapshot.read()
        if snapshot is None:
            return None
        tick = (snapshot.seq, snapshot.at_ms)
        key = (scope, code)
        with self._lock:  # one builder a tick; the others want what it makes
            if self._tick != tick or len(self._made) > KEPT:
                self._tick, self._made = tick, {}
            body = self._made.get(key)
            if body is None:
                made = (
                    self._station(snapshot, scope, code) if code else self._fleet(snapshot, scope)
                )
                if made is None:
                    return None
                body = gzip.compress(made, compresslevel=3, mtime=0)
                self._made[key] = body
        age = max(0.0, time.time() - snapshot.at_ms / 1000)
        return body, f'"{snapshot.seq}-{snapshot.at_ms}-{scope.district_id or 0}"', age

    def _fleet(self, snapshot: Snapshot, scope: Scope) -> bytes:
        stations = self._stores.stations.all(scope)
        rows = np.array([snapshot.row_of.get(s.id, -1) for s in stations], dtype=np.int64)
        body = fleet_arrays(snapshot, rows) | {
            "seq": snapshot.seq,
            "at": snapshot.at_ms,
            "id": [s.id for s in stations],
            "levels": self._stores.alarms.counts(scope),
        }
        return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)

    def _station(self, snapshot: Snapshot, scope: Scope, code: str) -> bytes | None:
        station = self._stores.stations.by_code(code, scope)
        if station is None:
            return None
        row = snapshot.row_of.get(station.id)
        points = {
            name: [value, int(flag), age]
            for name, (value, flag, age) in snapshot.row(station.id).items()
        }
        body = {
            "code": code,
            "seq": snapshot.seq,
            "at": snapshot.at_ms,
            "online": bool(row is not None and snapshot.online[row]),
            "level": 0 if row is None else int(snapshot.level[row]),
            "unacknowledged": 0 if row is None else int(snapshot.unacknowledged[row]),
            "points": points,
        }
        return orjson.dumps(body)


def fleet_arrays(snapshot: Snapshot, rows: np.ndarray) -> dict[str, Any]:
    """One array a quantity for the stations at `rows` of the snapshot (-1 = not polled yet).

    state 0 normal, 1-4 worst open alarm, 5 offline; p_out MPa of the low zone, q_out m³/h of all
    zones, level m of the first tank, power kW; null where there is no value.
    """
    known = rows >= 0
    at = np.where(known, rows, 0)

    def pick(array: np.ndarray, missing: float) -> np.ndarray:
        return np.where(known, array[at], missing) if len(array) else np.full(len(rows), missing)

    level = pick(snapshot.level, 0).astype(np.uint8)
    online = pick(snapshot.online.astype(np.uint8), 0).astype(bool)
    flows = np.stack([_column(snapshot, f"{z}.Q_OUT", at, known) for z in "LMH"])
    seen = ~np.isnan(flows)
    total = np.where(seen.any(axis=0), np.nansum(flows, axis=0), np.nan)
    return {
        "state": np.where(level > 0, level, np.where(online, 0, OFFLINE)).astype(np.uint8),
        "unack": pick(snapshot.unacknowledged, 0).astype(np.uint8),
        "p_out": _listed(_column(snapshot, "L.P_OUT", at, known), 3),
        "q_out": _listed(total, 1),
        "level": _listed(_column(snapshot, "T1.LEVEL", at, known), 2),
        "power": _listed(_column(snapshot, "EL.P", at, known), 1),
        "online": int(online.sum()),
        "total": len(rows),
    }


def _column(snapshot: Snapshot, code: str, at: np.ndarray, known: np.ndarray) -> np.ndarray:
    """float64[m] in the point's unit; NaN where there is none."""
    line = snapshot.line_of.get(code)
    if line is None or not snapshot.values.shape[1]:
        return np.full(len(at), np.nan)
    raw = snapshot.values[line][at]
    return np.where(known & (raw != MISSING), raw * float(point(code).resolution), np.nan)


def _listed(values: np.ndarray, decimals: int) -> np.ndarray:
    return np.ascontiguousarray(np.round(values, decimals))


def blueprint(stores: Stores) -> Blueprint:
    """Routes of the live feed."""
    feed, routes = Feed(stores), Blueprint("live", __name__)
    version()

    @routes.get("/api/live")
    def fleet() -> Response:
        return _reply(feed.answer(current().scope, ""), 204)

    @routes.get("/api/live/<code>")
    def station(code: str) -> Response:
        return _reply(feed.answer(current().scope, code), 404)

    return routes


@cache
def version() -> str:
    """Of the files that make and serve the pages: an open wall loads itself anew when it changes.
    Read once, so it is that of the code which runs."""
    known = sha256()
    for pattern in SERVED:
        for file in sorted(f for f in ROOT.glob(pattern) if f.suffix != ".pyc"):
            known.update(file.read_bytes())
    return known.hexdigest()[:12]


def _reply(answer: tuple[bytes, str, float] | None, nothing: int) -> Response:
    if answer is None:
        return Response(status=nothing)
    body, tag, age = answer
    same = request.headers.get("If-None-Match") == tag
    response = Response(b"" if same else body, status=304 if same else 200)
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["ETag"] = tag
    response.headers["X-Data-Age"] = f"{age:.1f}"
    response.headers["X-Version"] = version()
    return response
