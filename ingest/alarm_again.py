"""Stations of the living fleet judged anew after late data: what such a run needs of the stores,
and what it changes in the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from analytics.alarm import Alarm
from analytics.alarm_life import Life
from analytics.alarm_revision import revise
from data.catalogue.rules import Rule
from data.stations import StationRow
from data.stores import Stores
from ingest import alarm_records
from ingest.alarm_actions import permits
from ingest.alarm_records import moment
from ingest.alarm_rerun import Rerun, Step
from ingest.usual_flows import UsualFile


class Again:
    """Makes the runs of some stations, and lays what they found over the journal."""

    def __init__(
        self, stores: Stores, stations: Sequence[StationRow], rules: Mapping[str, Rule],
        hold_ms: int,
    ) -> None:  # fmt: skip
        self._stores, self._rules, self._hold = stores, rules, hold_ms
        self._row_of = {station.id: station for station in stations}
        self._own = {id for id, rule in rules.items() if rule.clock == "station"}
        """Rules on the time of the samples; what the collector's own clock tells isn't changed."""

    def run(self, stations: Sequence[int], begin: int, until: int) -> Rerun:
        """A run of these stations that people's steps in (begin, until] are told to."""
        settings = self._stores.settings
        rows = [self._row_of[id] for id in stations if id in self._row_of]
        found = Rerun(rows, self._rules, self._hold, settings.zone, begin)
        self.finish(found)
        found.polarity.turn(begin)
        for permit in permits(self._stores.permits.at(moment(begin))):
            found.run.life.permits.begin(permit)
        learnt = UsualFile(Path(settings.var), found.fleet).fresh(until)
        if learnt is not None:
            found.run.engines.stations.usuals.learn(learnt)
        return found

    def finish(self, done: Rerun) -> None:
        """Tell a run the steps that people have taken since it began, as far as one knows now."""
        done.follow(self._steps(done.fleet.row_of, done.begun))
        done.polarity.learn(self._stores.polarities.rows())

    def revise(self, life: Life, done: Rerun, second: int) -> None:
        """Make the journal what the run says. Raises what the records raise."""
        told = self._told(life, done)
        judged = [one for one in done.alarms if one.rule in self._own and one.station is not None]
        revise(life, told, judged, second)

    def _told(self, life: Life, done: Rerun) -> list[Alarm]:
        """The stations' alarms since the run's beginning, open ones as the objects of `life`."""
        alarms = self._stores.alarms
        rows = alarms.of_stations(done.fleet.row_of, moment(done.begun))
        living = {one.id: one for one in life.known() if one.id is not None}
        stored = [living.get(one.id or 0, one) for one in alarm_records.load(rows, alarms)]
        unsaved = [one for one in life.open.values() if one.id is None]
        mine = [one for one in unsaved if one.station in done.fleet.row_of]
        return [one for one in stored + mine if one.rule in self._own]

    def _steps(self, stations: Sequence[int] | Mapping[int, int], begin: int) -> list[Step]:
        return [
            Step(round(at.timestamp() * 1000), key, action)
            for at, key, action in self._stores.actions.taken(stations, moment(begin))
        ]
