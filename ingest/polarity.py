"""Contacts that are wired the other way round, as the alarms see them: from the second on that the
records name. What the gateways say is kept as it came."""

from __future__ import annotations

from collections.abc import Iterable

from data.polarities import PolarityRow
from ingest.alarm_records import milliseconds
from ingest.fleet import Fleet


class Polarity:
    """Turns contacts of one fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._ahead: list[tuple[int, int, str, bool]] = []
        self._seen: set[int] = set()

    def learn(self, rows: Iterable[PolarityRow]) -> None:
        """What the records say by now; known rows are passed over."""
        for row in rows:
            if row.id not in self._seen:
                self._seen.add(row.id)
                since = milliseconds(row.since_at)
                self._ahead.append((since, row.station_id, row.point, row.inverted))
        self._ahead.sort(key=lambda one: one[0])

    def turn(self, second: int) -> None:
        """Let what holds from this second on, UTC ms, hold."""
        fleet = self._fleet
        while self._ahead and self._ahead[0][0] <= second:
            _, station, code, inverted = self._ahead.pop(0)
            line, row = fleet.line_of.get(code), fleet.row_of.get(station)
            if line is not None and row is not None:
                fleet.inverted[line, row] = inverted
