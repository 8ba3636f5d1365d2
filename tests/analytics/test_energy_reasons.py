"""The likeliest reason of a station's energy, on a small fleet with one trouble of each kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from analytics.energy import FLOOR
from analytics.energy_reasons import judged

N = 90


def fleet() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """(facts of 30 days, records, pressures) of stations alike but for a little noise."""
    rng = np.random.default_rng(11)
    volume = rng.uniform(4_000, 5_000, N)
    run = volume / 8.0 * 3600  # 8 of 12 m³/h a running pump
    facts = {
        "station": np.arange(1, N + 1, dtype=np.int32),
        "F.volume": volume,
        "F.head_volume": 0.5 * volume,
        "F.energy": 0.30 * volume * rng.lognormal(0, 0.03, N),
        "F.idle_energy": np.zeros(N),
        "F.run_s": run,
        "F.demanded_s": run / 1.2 * rng.lognormal(0, 0.01, N),
        "F.online_s": np.full(N, 30 * 86_400.0),
        "F.expected_s": np.full(N, 30 * 86_400.0),
        "days": np.full(N, 30.0),
    }
    records = {
        "station": facts["station"],
        "type": ["TANK_VFD"] * N,
        "age": np.full(N, 7.0),
        "static": rng.uniform(42, 58, N),
        "pumps": np.full(N, 3.0),
        "rated": np.full(N, 12.0),
        "capacity": np.full(N, 576.0),
    }
    excess = {"station": facts["station"], "excess": np.full(N, 0.001)}
    return pl.DataFrame(facts), pl.DataFrame(records), pl.DataFrame(excess)


def with_(frame: pl.DataFrame, station: int, **values: float) -> pl.DataFrame:
    return frame.with_columns(
        pl.when(pl.col("station") == station).then(pl.col(n) * v).otherwise(pl.col(n)).alias(n)
        for n, v in ((name.replace("__", "."), value) for name, value in values.items())
    )


def row(table: pl.DataFrame, station: int) -> dict[str, Any]:
    return table.filter(pl.col("station") == station).row(0, named=True)


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    facts, records, excess = fleet()
    facts = with_(facts, 1, F__energy=0.4)  # less than physics allows
    facts = with_(facts, 2, F__energy=1.6, F__run_s=1.7)  # pumps too many
    facts = with_(facts, 3, F__energy=1.6)  # a bad machine
    facts = with_(facts, 4, F__energy=1.5, F__run_s=1.7, F__demanded_s=1.7)  # too large for its use
    idle = pl.when(pl.col("station") == 5).then(0.1 * pl.col("F.energy"))
    facts = facts.with_columns(idle.otherwise(pl.col("F.idle_energy")).alias("F.idle_energy"))
    excess = with_(excess, 6, excess=90.0)
    return judged(facts, records, excess, facts.clear())


@pytest.mark.parametrize(
    ("station", "reason"),
    [(1, "metering"), (2, "sequence"), (3, "machine"), (4, "low_load"), (5, "idle"),
     (6, "setpoint")],
)  # fmt: skip
def test_each_trouble_is_named(table: pl.DataFrame, station: int, reason: str) -> None:
    assert row(table, station)["reason"] == reason


def test_what_is_impossible_saves_nothing_and_is_too_good(table: pl.DataFrame) -> None:
    found = row(table, 1)
    assert found["eh"] < FLOOR
    assert found["saving"] == 0.0
    assert found["verdict"] == "good"


def test_a_saving_is_what_is_above_the_lower_quartile_without_excess(table: pl.DataFrame) -> None:
    found = row(table, 6)
    year = 365.0 / 30.0
    work = found["F.head_volume"] - found["excess"] * found["F.volume"]
    best = min(found["eh"], found["target"])
    expected = (found["F.energy"] - best * work) * year
    assert found["saving"] == pytest.approx(expected)
    assert found["saving"] == pytest.approx(found["save_setpoint"] + found["save_efficiency"])


def test_the_worst_machine_is_high_and_the_rest_is_normal(table: pl.DataFrame) -> None:
    assert row(table, 3)["verdict"] == "high"
    assert (table.filter(pl.col("station") > 6)["verdict"] == "normal").sum() >= 80


def test_who_was_high_stays_so_until_calm_twice() -> None:
    facts, records, excess = fleet()
    before = with_(facts, 8, F__energy=1.6)
    assert row(judged(facts, records, excess, before), 8)["verdict"] == "high"
    assert row(judged(facts, records, excess, facts), 8)["verdict"] == "normal"


def test_stations_without_facts_have_no_figures() -> None:
    facts, records, excess = fleet()
    found = row(judged(facts.filter(pl.col("station") != 9), records, excess, facts.clear()), 9)
    assert (found["eh"], found["saving"], found["verdict"]) == (None, None, "none")
    assert found["reason"] == "none"
