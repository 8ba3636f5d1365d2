"""What people state of a place for a time: an alarm out of service, the mode of a station."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analytics.alarm import OUT_OF_SERVICE, Alarm


@dataclass(frozen=True)
class Permit:
    """`kind` is 'out_of_service' or a mode of a station (alarm_worth.MODES). Empty rule, station or
    place = all of them."""

    id: int
    kind: str
    until_ms: int
    rule: str = ""
    station: int | None = None
    place: str = ""

    def covers(self, alarm: Alarm) -> bool:
        return (
            self.rule in ("", alarm.rule)
            and self.station in (None, alarm.station)
            and self.place in ("", alarm.place)
        )


class Permits:
    """Those in force; they are few, a handful for a hundred stations."""

    def __init__(self) -> None:
        self.in_force: dict[int, Permit] = {}
        self.modes: dict[int, str] = {}
        """Mode of the stations for which people have stated one, the latest statement's."""
        self._silent: dict[int | None, list[Permit]] = {}
        self._next: int | None = None

    def begin(self, permit: Permit) -> None:
        self.in_force[permit.id] = permit
        self._order()

    def end(self, id: int) -> Permit | None:
        """The permit that is over now; None when it was already."""
        permit = self.in_force.pop(id, None)
        self._order()
        return permit

    def over(self, now_ms: int) -> list[int]:
        """Ids of those whose time is over."""
        if self._next is None or now_ms < self._next:
            return []
        return [one.id for one in self.in_force.values() if one.until_ms <= now_ms]

    def covering(self, alarm: Alarm) -> int | None:
        """Id of the first permit that takes this alarm out of service."""
        of_station: Iterable[Permit] = self._silent.get(alarm.station, ())
        everywhere: Iterable[Permit] = self._silent.get(None, ()) if alarm.station else ()
        return next((one.id for one in (*of_station, *everywhere) if one.covers(alarm)), None)

    def _order(self) -> None:
        self._silent, self.modes = {}, {}
        for _, one in sorted(self.in_force.items()):
            if one.kind == OUT_OF_SERVICE:
                self._silent.setdefault(one.station, []).append(one)
            elif one.station is not None:
                self.modes[one.station] = one.kind
        self._next = min((one.until_ms for one in self.in_force.values()), default=None)
