"""The catalogue's rules as the engines run them, for the stations of one fleet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.alarm import Policy, Terms
from analytics.alarm_engine import Engine
from analytics.alarm_inputs import Definition, Place
from analytics.alarm_run import Engines, Run, Title
from analytics.alarm_worth import mode_bits
from analytics.correlation import Explanation, Gathering
from analytics.expressions import Expression, compile_expression
from data.catalogue.alarm_life import alarm_life
from data.catalogue.errors import CatalogueError
from data.catalogue.flags import USABLE
from data.catalogue.points import columns
from data.catalogue.profiles import compile_block
from data.catalogue.rules import ALL, SET_ATTRIBUTES, Rule, compiled, file_of
from data.stations import StationRow
from ingest.fleet import MISSING, Fleet

_USABLE = np.zeros(256, dtype=bool)
_USABLE[[int(flag) for flag in USABLE]] = True


def engines(rules: Iterable[Rule], fleet: Fleet, hold_ms: int) -> Engines:
    """All engines, of the rules that engines evaluate. Raises CatalogueError for an expression
    that can't be run."""
    parts = {
        rule.id: (rule, compiled(rule, compile_expression))
        for rule in rules
        if rule.source == "tick"
    }
    for rule, expressions in parts.values():
        _check(rule, expressions)
    areas = [part for part in parts.values() if part[1]["when"].area]
    silent = [p for p in parts.values() if p not in areas and p[0].clock == "platform"]
    own = [part for part in parts.values() if part not in areas and part not in silent]
    districts = tuple(sorted({station.district_id for station in fleet.stations}))
    area_of = np.array([districts.index(s.district_id) for s in fleet.stations], dtype=np.intp)
    gateways = np.bincount(area_of, minlength=len(districts)).astype(np.float64)
    whose = [(station.type, station.profile, station.code) for station in fleet.stations]
    sets = _set_attributes(fleet.stations)
    places, present, facts = _places(fleet), _present(fleet.stations), _attributes(fleet.stations)
    ids = [station.id for station in fleet.stations]
    stations, platform = (
        Engine(
            [_definition(r, c, whose, facts, sets) for r, c in some], places, present, ids, hold_ms
        )
        for some in (own, silent)
    )
    nobody = [("", "", "")] * len(districts)
    counting = [_definition(r, c, nobody, {"gateways": gateways}, {}) for r, c in areas]
    return Engines(
        stations,
        platform,
        Engine(counting, [Place()], {}, districts, hold_ms, areas=area_of),
        districts,
    )


def run_of(rules: Mapping[str, Rule], fleet: Fleet, hold_ms: int) -> Run:
    """A run of these rules over a fleet. Raises CatalogueError for one that can't be run."""
    return Run(
        engines(rules.values(), fleet, hold_ms),
        {rule.id: Title(rule.point, rule.version) for rule in rules.values()},
        policies(rules.values()),
        explanations(rules),
        [(station.id, station.district_id) for station in fleet.stations],
        gatherings(rules.values()),
    )


SLOW_STALE_MS = 180_000
"""A slow answer older than this, three of its cycles, is no longer known."""


class Reader:
    """Points of the fleet's matrix in their units, NaN where nothing usable is known. Follows from
    the frames and their times alone."""

    def __init__(self, fleet: Fleet, codes: Sequence[str]) -> None:
        self._fleet = fleet
        self._lines = np.array([fleet.line_of[code] for code in codes], dtype=np.intp)
        blocks = [fleet.columns[line].point.block for line in self._lines]
        self._slow = np.flatnonzero([block == "slow" for block in blocks])
        # 385 / 1000 is the number that a person writes as 0.385; 385 * 0.001 isn't.
        self._divisor = np.array(
            [[float(1 / fleet.columns[line].point.resolution)] for line in self._lines]
        )

        self._raw = np.empty((len(codes), len(fleet.stations)), dtype=np.int64)

    def __call__(self, columns: NDArray[np.intp]) -> NDArray[np.float64]:
        """float64[points, len(columns)]. The buffer is kept: a megabyte a second costs more to get
        than to fill."""
        fleet = self._fleet
        if not len(self._lines):
            return np.zeros((0, len(columns)))
        raw = self._raw.reshape(-1)[: len(self._lines) * len(columns)].reshape(-1, len(columns))
        for line, told in zip(self._lines.tolist(), raw, strict=True):
            fleet.values[line].take(columns, out=told, mode="clip")
        found: NDArray[np.float64] = raw / self._divisor
        if fleet.inverted.any():
            turned = fleet.inverted[self._lines[:, None], columns]
            np.subtract(1, found, out=found, where=turned)
        if (missing := raw == MISSING).any():
            found[missing] = np.nan
        flags = fleet.judged[self._lines]
        if flags.any():
            found[~_USABLE[flags.take(columns, 1)]] = np.nan
        stale = np.flatnonzero((fleet.fast_ms - fleet.slow_ms)[columns] > SLOW_STALE_MS)
        if len(stale) and len(self._slow):
            found[np.ix_(self._slow, stale)] = np.nan
        return found


def policies(rules: Iterable[Rule]) -> dict[str, Policy]:
    """What each rule says of the life of its alarms."""
    life = alarm_life()
    terms = {
        level: Terms(
            round(row.seen_min * 60_000) or None, round(row.again_min * 60_000) or None,
            round(row.restore_h * 3_600_000) or None, row.lifts,
        )
        for level, row in life.levels.items()
    }  # fmt: skip
    return {
        rule.id: Policy(
            round(rule.on_s * 1000), round(rule.fold_s * 1000), rule.latched,
            rule.acknowledge == "auto", terms, life.again.times,
            round(life.again.hours * 3_600_000),
        )
        for rule in rules
    }  # fmt: skip


def explanations(rules: Mapping[str, Rule]) -> dict[str, tuple[Explanation, ...]]:
    """What alarms of each rule explain. "*" leaves out what is latched: a flood stays a flood."""
    every = frozenset(id for id, rule in rules.items() if not rule.latched)
    return {
        rule.id: tuple(
            Explanation(
                every - {rule.id} if ALL in one.rules else frozenset(one.rules),
                round(one.from_s * 1000),
                None if one.to_s is None else round(one.to_s * 1000),
                one.same_place,
            )
            for one in rule.suppresses
        )
        for rule in rules.values()
        if rule.suppresses
    }


def gatherings(rules: Iterable[Rule]) -> list[Gathering]:
    """The alarms of areas that follow from those of their stations."""
    return [
        Gathering(
            rule.id, rule.gathers, round(rule.params["least"].value),
            round(rule.params["window"].value * 1000), rule.level, rule.version,
        )
        for rule in rules
        if rule.gathers
    ]  # fmt: skip


def _check(rule: Rule, parts: Mapping[str, Expression]) -> None:
    """An area has no silence of its own, a station no gateways to count."""
    area = parts["when"].area
    wrong = {"silence"} if area else {"gateways"}
    for field, expression in parts.items():
        if expression.area and not area:
            raise CatalogueError(
                file_of(rule.id), rule.id, field, "counts stations, which 'when' does not"
            )
        for name in wrong & expression.names:
            of = "the stations inside count_stations()" if area else "rules that count stations"
            why = f"'{name}' is known of {of} only"
            raise CatalogueError(file_of(rule.id), rule.id, field, why)


def _definition(
    rule: Rule,
    parts: Mapping[str, Expression],
    whose: Sequence[tuple[str, str, str]],
    attributes: Mapping[str, NDArray[np.float64]],
    sets: Mapping[str, Mapping[str, NDArray[np.float64]]],
) -> Definition:
    """`whose`: type, profile and code of each subject."""
    params = {
        name: np.array([parameter.of(*one) for one in whose], dtype=np.float64)
        for name, parameter in rule.params.items()
    }
    used = frozenset[str]().union(*(part.names for part in parts.values()))
    return Definition(
        id=rule.id,
        when=parts["when"],
        clear=parts.get("clear"),
        worse=parts.get("worse.when"),
        value=parts.get("value"),
        limit=parts.get("limit"),
        on_ms=round(rule.on_s * 1000),
        off_ms=round(rule.off_s * 1000),
        worse_ms=round(rule.worse.on_s * 1000) if rule.worse else 0,
        level=rule.level,
        worse_level=rule.worse.level if rule.worse else rule.level,
        lowest=rule.worst == "low",
        modes=mode_bits(rule.live),
        hours=rule.hours,
        constants=params | dict(attributes),
        by_zone={name: sets[name] for name in sets if name in used},
    )


def _places(fleet: Fleet) -> list[Place]:
    found = {Place(column.zone, column.pump, column.tank) for column in fleet.columns}
    return sorted(found | {Place()}, key=lambda place: (place.zone, place.pump, place.tank))


def _present(stations: Sequence[StationRow]) -> dict[str, NDArray[np.bool_]]:
    """Which stations have each point: what their profile tells and the collector makes."""
    kinds: dict[tuple[str, str], list[int]] = {}
    for row, station in enumerate(stations):
        kinds.setdefault((station.profile, station.layout.key), []).append(row)
    found: dict[str, NDArray[np.bool_]] = {}
    for (profile, _), rows in kinds.items():
        layout = stations[rows[0]].layout
        codes = [c.code for c in columns(layout) if c.point.block == "derived"]
        codes += compile_block(profile, layout, "fast").codes
        codes += compile_block(profile, layout, "slow").codes
        for code in codes:
            found.setdefault(code, np.zeros(len(stations), dtype=bool))[rows] = True
    return found


def _attributes(stations: Sequence[StationRow]) -> dict[str, NDArray[np.float64]]:
    """Facts of the stations, NaN where nobody has entered them."""
    return {
        name: np.array([getattr(station, name) for station in stations], dtype=np.float64)
        for name in ("overflow_level", "tank_area", "households")
    }


def _set_attributes(
    stations: Sequence[StationRow],
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Facts of the pump sets: name -> zone -> one number a station, NaN where it has no such."""
    found: dict[str, dict[str, NDArray[np.float64]]] = {name: {} for name in SET_ATTRIBUTES}
    for row, station in enumerate(stations):
        for one in station.sets:
            for name, zones in found.items():
                nowhere = np.full(len(stations), np.nan)
                zones.setdefault(one.zone, nowhere)[row] = getattr(one, name)
    return found
