"""The job `backtest`: what a draft of a rule would have changed, attached to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from analytics.alarm import Alarm
from analytics.alarm_engine import Engine
from analytics.backtest import FALSE, TRUE, UNKNOWN, Recorded, compare
from data.catalogue.errors import CatalogueError
from data.catalogue.rule_changes import fingerprint
from data.catalogue.rules import Rule
from data.catalogue.telling import telling
from data.catalogue.work_orders import outcomes
from data.jobs import BacktestTask
from data.rights import NotFound
from data.rule_versions import DRAFT
from data.station_rows import Scope
from data.stores import Stores
from ingest.backtest import replay, replayable, tied
from ingest.backtest_part import Span
from ingest.fleet import Fleet, admit
from ingest.job_files import Sink, Unable
from ingest.job_series import Step
from ingest.usual_flows import UsualFile

SHOWN = 40
"""Differences that are kept with the version; the file has all."""
CONFIRMED = {"external"}
"""Outcomes beside those that solve something that say that the alarm was true."""


@dataclass(frozen=True)
class Usual:
    """What is usual now stands for what was: nobody keeps older percentiles."""

    var: Path

    def __call__(self, engine: Engine, fleet: Fleet) -> None:
        if engine.usuals.wanted:
            engine.usuals.learn(UsualFile(self.var, fleet).fresh(10**15) or {})


def write(stores: Stores, task: BacktestTask, out: Sink, step: Step) -> None:
    """Replay, compare, attach, and write the alarms that differ. Raises Unable: rule_gone,
    rule_kind (no replay says anything of such a rule), rule_broken, no_minutes."""
    try:
        version = stores.rules.get(task.version)
    except NotFound:
        raise Unable("rule_gone") from None
    known = stores.rules.all()
    before, after = known[version.rule], stores.rules.rule_of(version)
    if version.state != DRAFT:
        raise Unable("rule_gone")
    if not (replayable(before) and replayable(after)):
        raise Unable("rule_kind")
    zone = stores.settings.zone
    low, high = (
        datetime.combine(datetime.fromisoformat(day).date(), time(0), zone)
        for day in (task.start, task.end)
    )
    high = min(high, datetime.now(UTC).astimezone(zone))
    chosen = [row for row in stores.stations.all() if task.district in (None, row.district_id)]
    stations, _ = admit(chosen)
    step_ms = round(1000 * stores.settings.poll_seconds)
    span = Span(_minute(low), _minute(high), stations, step_ms)
    sides = [_in_force(known), _in_force({**known, version.rule: after})]
    try:
        old, new, stored = replay(
            stores.lake,
            span,
            sides[0],
            sides[1],
            version.rule,
            zone,
            Usual(stores.settings.var),
            step,
        )
    except CatalogueError as error:
        raise Unable(f"rule_broken:{error}") from error
    if not stored.coverage:
        raise Unable("no_minutes")
    recorded = _recorded(stores, version.rule, task.district, low, high)
    figures, changes = compare(version.rule, old, new, recorded, (_woken(stores, known),
                               _woken(stores, {**known, version.rule: after})))  # fmt: skip
    names = {row.id: (row.code, row.name(task.lang)) for row in stations}
    out.write(
        (task.kinds.get(one.kind, one.kind), one.rule, *names.get(one.station or 0, ("", "")),
         one.place, one.level, _local(stores, one.active_ms), _local(stores, one.cleared_ms),
         task.kinds.get(one.verdict, ""), one.later_s)
        for one in changes
    )  # fmt: skip
    told = {
        "figures": figures,
        "start": low.isoformat(), "end": high.isoformat(), "district": task.district,
        "stations": len(stations), "coverage": stored.coverage, "raw": stored.raw,
        "approximate": stored.raw < 1,
        "tied": tied(known, version.rule),
        "changes": [asdict(one) for one in changes[:SHOWN]],
    }  # fmt: skip
    stores.rules.attach(version.id, told, fingerprint(before, after), datetime.now(UTC))


def _in_force(rules: Mapping[str, Rule]) -> dict[str, Rule]:
    return {id: rule for id, rule in rules.items() if rule.enabled}


def _recorded(
    stores: Stores, rule: str, district: int | None, low: datetime, high: datetime
) -> list[Recorded]:
    """Alarms of the rule in the records with what their orders found."""
    frame = stores.alarm_history.alarms(Scope(district), low, high)
    verdicts = {"no_fault_found": FALSE} | {
        code: TRUE for code, one in outcomes().items() if one.solves or code in CONFIRMED
    }
    return [
        Recorded(row["station"], row["place"], row["active"], row["cleared"],
                 verdicts.get(row["outcome"], UNKNOWN))
        for row in frame.iter_rows(named=True)
        if row["rule"] == rule
    ]  # fmt: skip


def _woken(stores: Stores, rules: Mapping[str, Rule]) -> Callable[[Alarm, int], int]:
    """Duties that a message of an alarm calls up in the quiet hours, by the rules of telling."""
    known, zone = telling(), stores.settings.zone
    begin, end = known.settings.quiet
    loud = {row.level for row in known.levels.values() if not row.quiet and not row.digest}

    def woken(alarm: Alarm, ms: int) -> int:
        hour = datetime.fromtimestamp(ms / 1000, zone).hour
        night = begin <= hour < end if begin < end else hour >= begin or hour < end
        return len(rules[alarm.rule].notify) if night and alarm.level in loud else 0

    return woken


def _minute(at: datetime) -> int:
    return int(at.timestamp() // 60 * 60_000)


def _local(stores: Stores, ms: int | None) -> str:
    if ms is None:
        return ""
    at = datetime.fromtimestamp(ms / 1000, stores.settings.zone)
    return at.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
