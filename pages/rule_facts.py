"""What is said of each rule: how often it spoke, how often for nothing, what would help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from analytics.rule_proposals import Proposal, deadband, delay, noise
from components.page import View
from data.catalogue.points import point
from data.catalogue.rules import Rule
from data.stores import Stores

DAYS = 30
NO_FAULT = "no_fault_found"
LOOK = timedelta(hours=6)
STATIONS = 60
"""Stations whose noise is looked at."""


@dataclass(frozen=True)
class Counts:
    """Of the last DAYS days: alarms, those whose order is closed, those of them without a fault."""

    alarms: int = 0
    closed: int = 0
    false: int = 0

    @property
    def false_share(self) -> float | None:
        """None where no order has been closed: nobody knows."""
        return self.false / self.closed if self.closed else None


def counts(stores: Stores, view: View) -> Mapping[str, Counts]:
    """By rule, within the viewer's scope."""
    frame = stores.alarm_history.alarms(view.scope, view.now - timedelta(days=DAYS), view.now)
    found = frame.group_by("rule").agg(
        pl.len(), (pl.col("outcome") != "").sum().alias("closed"),
        (pl.col("outcome") == NO_FAULT).sum().alias("false"),
    )  # fmt: skip
    return {row["rule"]: Counts(row["len"], row["closed"], row["false"])
            for row in found.iter_rows(named=True)}  # fmt: skip


def proposals(stores: Stores, view: View, rule: Rule) -> list[Proposal]:
    """What the false alarms of the last 90 days and the noise of the point speak for."""
    frame = stores.alarm_history.alarms(view.scope, view.now - timedelta(days=90), view.now)
    mine = frame.filter((pl.col("rule") == rule.id) & (pl.col("outcome") == NO_FAULT))
    seconds = ((mine["cleared"] - mine["active"]) / 1000).drop_nulls().to_list()
    found = [delay(seconds, rule.on_s, rule.off_s)]
    code = rule.point.replace("{z}", "L").replace("{n}", "1").replace("{t}", "T1")
    bands = {n: (rule.params[n.removesuffix("_clear")].value, one.value)
             for n, one in rule.params.items()
             if n.endswith("_clear") and n.removesuffix("_clear") in rule.params}  # fmt: skip
    if len(bands) == 1 and rule.point and point(code).rollup == "full":
        names = [f"{code}.min", f"{code}.max"]
        ids = [row.id for row in stores.stations.all(view.scope)][:STATIONS]
        rows = stores.lake.fleet(names, view.now - LOOK, view.now, "minute", ids, in_order=False)
        sigma = noise((rows[names[1]] - rows[names[0]]).drop_nulls().to_numpy())
        [(name, (limit, clear))] = bands.items()
        found.append(deadband(name, limit, clear, sigma))
    return [one for one in found if one is not None]
