"""Alarms of the living fleet: engines, life and parents, people's actions, rows, work orders.

The only writer of alarm state. The database is the truth about which alarms are open; a file beside
it keeps the timers, so that a restart neither repeats nor loses an alarm.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from analytics.alarm import HIDDEN, WAITING
from analytics.alarm_inputs import NEVER
from data.catalogue.rules import Rule
from data.logs import Rationed
from data.stores import Stores
from ingest import alarm_records, alarm_state
from ingest.alarm_actions import Answers, permits
from ingest.alarm_again import Again
from ingest.alarm_checkpoints import Checkpoints
from ingest.alarm_rules import Reader, run_of
from ingest.daily_rules import DailyFile, move
from ingest.dispatch import Dispatch
from ingest.fleet import Fleet
from ingest.frames import Answer
from ingest.late_data import Late
from ingest.polarity import Polarity
from ingest.station_modes import LocalClock, StationModes
from ingest.usual_flows import UsualFile

KEEP_MS = 5000
"""How often the timers are written down."""
WINDOWS_MS = 60_000
"""How often what the windows hold is."""
LAPSE_MS = 10_000
"""A longer pause of the collector itself is nobody's silence."""
RETRY_MS = 5000
REMEMBERED = timedelta(days=2)
"""Of closed alarms: what is raised again may be the same, or count as again and again."""
log = structlog.get_logger(__name__)


class Alarming:
    """Watches one fleet; belongs to one thread."""

    def __init__(self, stores: Stores, fleet: Fleet, rules: Mapping[str, Rule]) -> None:
        """Goes on where the last run stopped. Raises CatalogueError for a rule that can't run."""
        self._stores, self._fleet, self._rules = stores, fleet, rules
        hold_ms = max(LAPSE_MS, round(5000 * stores.settings.poll_seconds))
        self._run = run_of(rules, fleet, hold_ms)
        self._engines, self._life = self._run.engines, self._run.life
        self._read = Reader(fleet, self._engines.stations.codes)
        self._read_platform = Reader(fleet, self._engines.platform.codes)
        self._dispatch = Dispatch(stores.work_orders, rules)
        self._modes, self._clock = StationModes(fleet), LocalClock(stores.settings.zone)
        self._usual = UsualFile(Path(stores.settings.var), fleet)
        self._daily = DailyFile(Path(stores.settings.var))
        self._district_of = {row.id: row.district_id for row in fleet.stations}
        self._file = Path(stores.settings.var) / "alarm_engine.state"
        self._answers = Answers(stores.actions)
        self._polarity = Polarity(fleet)
        self._checkpoints = Checkpoints(Path(stores.settings.var))
        self._again = again = Again(stores, fleet.stations, rules, hold_ms)
        self.late = Late(
            Path(stores.settings.var), stores.lake, self._checkpoints, again.run, again.finish
        )
        self._ticked = self._kept = self._retry = self._windows_kept = 0
        self._heard = np.zeros(len(fleet.stations), dtype=np.int64)
        """ms since when a station's silence is its own: not before this run listened."""
        self._trouble = Rationed(log.warning, lines=3)
        self.level = np.zeros(len(fleet.stations), dtype=np.uint8)
        """Worst open alarm of each station that isn't hidden, 1 to 4; 0 = none."""
        self.unacknowledged = np.zeros(len(fleet.stations), dtype=np.uint8)
        """1 where an alarm waits for a person."""
        self._resume()

    def sample(self, second: int, fresh: NDArray[np.bool_]) -> None:
        """Look at the stations that gave something new within the second that ends at `second`,
        UTC ms. What the database refuses now is written later."""
        self._run.sample(self._fleet.fast_ms, fresh, self._read, self._live(second))
        if self._life.changed:
            self._attempt(second, self._write)

    def arrived(self, answers: Sequence[Answer]) -> None:
        """All that came within a second, before any of it is looked at."""
        self.late.arrived(answers)

    def tick(self, second: int) -> None:
        """All samples up to this whole second of the clock, UTC ms, have been taken: look at all
        that hangs on the clock. A second that was before is the clock set back."""
        if second < self._ticked:
            self._rewind(second)
        if second - self._ticked > LAPSE_MS:
            self._dismiss_strangers(second)
            self._listen(second)
        self._ticked = second
        silence = (second - np.maximum(self._fleet.fast_ms, self._heard)) / 1000
        self._run.tick(second, silence, self._read_platform, self._live(second))
        self._take_late(second)
        if (judged := self._daily.fresh(second)) is not None:
            move(self._life, self._run.correlation, self._rules, self._district_of, *judged)
        self._attempt(second, lambda: self._serve(second))
        if (learnt := self._usual.fresh(second)) is not None:
            self._engines.stations.usuals.learn(learnt)
        if second - self._kept >= KEEP_MS:
            self._kept = second
            self._keep(second)
            self._attempt(second, self._learn_polarity)
        self._polarity.turn(second)

    def hand_over(self, second: int) -> bool:
        """Write all down, so that another one goes on from here; False when that can't be now."""
        self._attempt(second, self._write)
        self._windows_kept = 0
        self._keep(second)
        return not self._life.changed

    def _take_late(self, second: int) -> None:
        """Note what came late, go on from what has been judged anew."""
        late, self._fleet.late = self._fleet.late, []
        self.late.note(late, second)
        for done in self.late.tick(second):
            self._engines.stations.adopt(done.run.engines.stations.state())
            self._again.revise(self._life, done, second)

    def _learn_polarity(self) -> None:
        self._polarity.learn(self._stores.polarities.rows())

    def _live(self, second: int) -> dict[str, NDArray[Any]]:
        """Mode of each station, hour and slot of the day."""
        hour, slot = self._clock.at(alarm_records.moment(second))
        n = len(self._fleet.stations)
        mode = self._modes.now(self._life.permits.modes)
        return {"mode": mode, "hour": np.full(n, hour), "slot": np.full(n, slot)}

    def _serve(self, second: int) -> None:
        """People's actions, rows and orders."""
        self._answers.apply(self._life, second)
        self._write()
        self._answers.give()
        now = alarm_records.moment(second)
        for alarm in self._dispatch.step(self._life.open.values(), now):
            self._life.changed[alarm] = None
        self._write()

    def _write(self) -> None:
        if self._life.changed or self._life.events:
            self._summarise()
            alarm_records.store(self._stores.alarms, self._life)
            self._kept = 0

    def _attempt(self, now_ms: int, work: Callable[[], None]) -> None:
        """Do what needs the database; when it fails, again in a while."""
        if self._life.changed:
            self._summarise()
        if now_ms < self._retry:
            return
        try:
            work()
        except Exception as error:
            self._retry = now_ms + RETRY_MS
            self._trouble(
                time.monotonic(), "alarms can't be stored, trying again", why=str(error),
                waiting=len(self._life.changed),
            )  # fmt: skip

    def _summarise(self) -> None:
        """The two numbers a station that the snapshot shows."""
        self.level[:] = 0
        self.unacknowledged[:] = 0
        for alarm in self._life.open.values():
            row = None if alarm.station is None else self._fleet.row_of.get(alarm.station)
            if row is None or alarm.state in HIDDEN:
                continue
            self.level[row] = min(self.level[row] or alarm.level, alarm.level)
            self.unacknowledged[row] |= alarm.state in WAITING

    def _rewind(self, now_ms: int) -> None:
        """The machine's clock was set back."""
        for engine in self._engines.by_name.values():
            engine.rewind(now_ms)
        self._ticked = self._kept = self._retry = self._windows_kept = 0

    def _listen(self, now_ms: int) -> None:
        """Begin to listen, at the start or after a pause: a station that was known to be silent
        has been so since its last sample, any other one's silence begins now."""
        self._heard[:] = now_ms
        last = self._engines.stations.last
        for alarm in self._life.open.values():
            silent = alarm.active and self._rules[alarm.rule].clock == "platform"
            if silent and alarm.station is not None:
                row = self._fleet.row_of[alarm.station]
                self._heard[row] = alarm.raw_ms if last[row] == NEVER else last[row]

    def _keep(self, now_ms: int) -> None:
        windows = now_ms - self._windows_kept >= WINDOWS_MS
        try:
            due = self._checkpoints.due(now_ms)
            alarm_state.keep(self._file, self._engines, windows or due)
            self._windows_kept = now_ms if windows or due else self._windows_kept
            if due:
                self._checkpoints.take(now_ms, self._file, self._life.known())
        except OSError as error:
            self._trouble(time.monotonic(), "the alarm timers can't be kept", why=str(error))

    def _resume(self) -> None:
        """Timers from the file, open alarms from the database; the database wins."""
        alarm_state.restore(self._file, self._engines)
        self._learn_polarity()
        self._polarity.turn(int(self._engines.stations.last.max(initial=0)))
        alarms = self._stores.alarms
        self._life.load(
            alarm_records.load(alarms.lately(REMEMBERED), alarms),
            permits(self._stores.permits.taken()),
        )
        alarm_state.align(self._engines, self._life.open.values(), self._rules)
        self._summarise()

    def _dismiss_strangers(self, now_ms: int) -> None:
        """Alarms of rules and stations that are no more would stay open for ever."""
        for alarm in list(self._life.open.values()):
            known = alarm.station is None or alarm.station in self._fleet.row_of
            if not known or alarm.rule not in self._rules:
                self._life.dismiss(alarm, now_ms)
