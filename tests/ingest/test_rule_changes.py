"""A rule that was deployed is used by the collector while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from analytics.expressions import compile_expression
from data.catalogue.rule_changes import fingerprint
from data.users import UserRow
from ingest.rule_changes import Watching
from tests.ingest.town import START, Town

RULE = "R-HY-01"
LOW = {"L.P_OUT": 0.42, "L.NRUN": 1, "L.P1.RUN": 1}


class RuledTown(Town):
    """A town whose collector follows deployments."""

    engineer: UserRow

    def start(self, only: Iterable[int] | None = None) -> None:
        super().start(only)
        self.alarming: Watching = Watching(self.stores, self.fleet)  # type: ignore[assignment]

    def deploy(self, rule: str, change: dict[str, Any]) -> int:
        door, at = self.stores.rules, self.now
        id = door.draft(self.engineer, rule, change, "test", at, compile_expression)
        door.attach(id, {}, fingerprint(door.all()[rule], door.rule_of(door.get(id))), at)
        door.deploy(self.engineer, id, at)
        return door.get(id).number


@pytest.fixture
def town(tmp_path: Path) -> Iterable[RuledTown]:
    made = RuledTown(tmp_path)
    made.engineer = made.stores.users.create(
        "gao", "Secret-1234", role="engineer", name_zh="高", name_en="Gao", at=START
    )
    yield made
    made.stores.close()


def test_a_deployed_delay_is_used_while_it_runs(town: RuledTown) -> None:
    town.run(20)
    number = town.deploy(RULE, {"on_s": 120})
    assert town.stores.status.get("rules")[0]["deployments"] == 0  # type: ignore[index]
    town.run(20)
    assert town.stores.status.get("rules")[0]["deployments"] == 1  # type: ignore[index]
    town.says(0, LOW)
    town.run(60)
    assert RULE not in {row.rule for row in town.open()}
    town.run(80)
    assert (town.one(RULE).rule_version, number) == (2, 2)


def test_timers_and_open_alarms_go_on_over_a_deployment(town: RuledTown) -> None:
    town.says(0, {"EN.FLOOD": 1})
    town.says(1, LOW)
    town.run(20)
    known = town.one("R-EN-01")
    town.deploy("R-HY-07", {"on_s": 900})  # another rule
    town.run(14)
    assert town.one("R-EN-01") == known
    town.run(6)  # the low pressure's 30 s went on
    assert town.one(RULE).rule_version == 1


def test_alarms_of_a_rule_that_is_switched_off_are_dismissed(town: RuledTown) -> None:
    town.says(0, LOW)
    town.run(60)
    alarm = town.one(RULE)
    town.deploy(RULE, {"enabled": False})
    town.run(14)
    events = town.stores.alarms.events(alarm.id)
    assert (town.one(RULE).state, events[-1].note) == ("closed", "dismissed")
    town.run(120)
    assert town.one(RULE).state == "closed"  # and none is raised
