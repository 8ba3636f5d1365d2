"""EPANET's own energy table of published networks, computed again by our functions from the flows
and heads that EPANET's engine gives: power, usage, efficiency, kWh/m³, peak and cost."""

from __future__ import annotations

import csv
import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.energy import KWH_A_METRE, specific_energy
from analytics.hydraulics import hydraulic_power
from analytics.tariff import cost, split
from benchmarks.published import others_data
from tests.conftest import OTHERS

FOLDER = others_data() / "networks"
TABLE = FOLDER / "epanet_energy_usage.csv"
NETWORKS = ("Net1", "Net3", "anytown-3", "van_zyl", "MICROPOLIS_v1")
SI_FLOWS = 5
"""Flow units of EPANET from which on it counts in m and m³."""
M3H = {0: 101.94, 1: 0.2271247, 2: 157.7255, 3: 189.4208, 4: 51.39, 5: 3.6, 6: 0.06,
       7: 41.6667, 8: 1.0, 9: 1 / 24}  # fmt: skip
"""m³/h of one unit of flow: CFS GPM MGD IMGD AFD LPS LPM MLD CMH CMD."""
LEAST_FLOW = 1e-6 * M3H[0]
"""EPANET's QZERO, 1e-6 cubic feet a second."""
RULED = {"HSP#3"}
"""A rule opens it within a step, whose ratio EPANET takes from heads that it doesn't give out."""
LINK_FLOW, LINK_STATUS, PUMP_EFFICIENCY, NODE_HEAD = 8, 11, 17, 10
"""Codes of EPANET's toolkit."""
FOOT, MGAL = 0.3048, 3785.41178
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Run:
    """What one pump did, step by step."""

    hours: list[float] = field(default_factory=list)
    flow: list[float] = field(default_factory=list)
    head: list[float] = field(default_factory=list)
    power: list[float] = field(default_factory=list)
    efficiency: list[float] = field(default_factory=list)
    bands: dict[str, float] = field(default_factory=lambda: defaultdict(float))


@dataclass
class Network:
    """What an .inp file says of its pumps' energy; the engine itself reads the rest."""

    sections: dict[str, list[list[str]]]

    @classmethod
    def read(cls, file: Path) -> Network:
        found: dict[str, list[list[str]]] = defaultdict(list)
        name = ""
        for raw in file.read_text(encoding="utf-8", errors="replace").splitlines():
            line = raw.split(";")[0].strip()
            if line.startswith("["):
                name = line.strip("[]").upper()
            elif line:
                found[name].append(line.split())
        return cls(found)

    def tariff(self, pump: str) -> tuple[dict[str, float], list[tuple[int, int, str]]]:
        """Prices by band, and the bands of a day, of the pump's price and pattern."""
        price, pattern = 0.0, ""
        for words in self.sections["ENERGY"]:
            if words[0].upper() == "GLOBAL" or words[:2] == ["Pump", pump]:
                what, value = words[-2].upper(), words[-1]
                price = float(value) if what == "PRICE" else price
                pattern = value if what == "PATTERN" else pattern
        if not pattern:
            return {"flat": price}, [(0, 1440, "flat")]
        factors = [float(f) for w in self.sections["PATTERNS"] if w[0] == pattern for f in w[1:]]
        first = next((int(w[2].split(":")[0]) for w in self.sections["TIMES"]
                      if [x.upper() for x in w[:2]] == ["PATTERN", "START"]), 0)  # fmt: skip
        slots = [factors[(i + first) % len(factors)] for i in range(24)]
        bands = [(60 * i, 60 * i + 60, f"{f:g}") for i, f in enumerate(slots)]
        return {f"{f:g}": f * price for f in slots}, bands


def run(name: str, folder: Path, pumps: list[str]) -> tuple[dict[str, Run], float, Network]:
    """Steps of these pumps, hours of the run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("wntr")
        from wntr.epanet.toolkit import ENepanet  # type: ignore[import-untyped]

    network = Network.read(FOLDER / f"{name}.inp")
    engine = ENepanet()
    engine.ENopen(str(FOLDER / f"{name}.inp"), str(folder / "a.rpt"), str(folder / "a.bin"))
    links = {n: engine.ENgetlinkindex(n) for n in pumps}
    ends = {w[0]: [engine.ENgetnodeindex(n) for n in w[1:3]]
            for w in network.sections["PUMPS"]}  # fmt: skip
    bands = {n: network.tariff(n)[1] for n in pumps}
    units = engine.ENgetflowunits()
    length = 1.0 if units >= SI_FLOWS else FOOT
    runs = {n: Run() for n in pumps}
    engine.ENopenH()
    engine.ENinitH(0)
    total = 0.0
    while True:
        at = engine.ENrunH()
        now = {}
        for n, index in links.items():
            flow = abs(engine.ENgetlinkvalue(index, LINK_FLOW)) * M3H[units]
            low, high = (engine.ENgetnodevalue(node, NODE_HEAD) * length for node in ends[n])
            now[n] = (flow, abs(high - low))
        step = engine.ENnextH() / 3600.0
        if step <= 0 and total:
            break
        step = step or 1.0  # a network without duration: EPANET counts one hour
        total += step
        for n, duty in now.items():
            # EPANET counts a step by the state that its rules leave at the step's end
            if engine.ENgetlinkvalue(links[n], LINK_STATUS) > 0:
                share = engine.ENgetlinkvalue(links[n], PUMP_EFFICIENCY)
                note(runs[n], at, step, (*duty, share), bands[n])
        if step == 1.0 and engine.ENgettimeparam(0) == 0:
            break
    engine.ENcloseH()
    engine.ENclose()
    return runs, total, network


def note(
    mine: Run, at: int, step: float, duty: tuple[float, float, float], bands: list[Any]
) -> None:
    """One step of a pump that delivers."""
    flow, head, share = duty
    power = float(hydraulic_power(flow, head)) / share
    mine.hours.append(step)
    mine.flow.append(flow)
    mine.head.append(head)
    mine.power.append(power)
    mine.efficiency.append(share)
    start = START + timedelta(seconds=at)
    parts = split(start, start + timedelta(hours=step), power * step, lambda _: bands)
    for band, kwh in parts.items():
        mine.bands[band] += kwh


@pytest.mark.skipif(not TABLE.exists(), reason=f"{OTHERS}: {TABLE} isn't there")
@pytest.mark.parametrize("name", NETWORKS)
def test_the_energy_table_of_epanet(name: str, tmp_path: Path) -> None:
    with TABLE.open(encoding="utf-8") as lines:
        table = [row for row in csv.DictReader(lines) if row["network"] == name]
    runs, hours, network = run(name, tmp_path, [row["pump"] for row in table])
    assert table
    whole = 0.0
    for row in table:
        mine, told = runs[row["pump"]], {k: float(v) for k, v in list(row.items())[2:]}
        step, power, flow = (np.array(a) for a in (mine.hours, mine.power, mine.flow))
        on = float(step.sum())
        assert 100 * on / hours == pytest.approx(told["usage_factor_pct"], abs=0.02)
        if not on:
            continue
        share = 100 * float((np.array(mine.efficiency) * step).sum()) / on
        assert share == pytest.approx(told["avg_efficiency_pct"], abs=0.1)
        assert float((power * step).sum()) / on == pytest.approx(told["avg_kW"], rel=3e-3, abs=0.01)
        assert power.max() == pytest.approx(told["peak_kW"], rel=3e-3, abs=0.01)
        # EPANET's column is the mean over time of each step's kWh/m³, not a ratio of sums; without
        # flow it still counts what a first drop would need. Where water flows both are the same.
        ratios = np.array(mine.head) * KWH_A_METRE / np.array(mine.efficiency)
        real = flow > 1.0
        sums = specific_energy(float((power * step)[real].sum()), float((flow * step)[real].sum()))
        weights = (flow * step)[real]
        assert sums.value == pytest.approx(float(np.average(ratios[real], weights=weights)))
        unit = 1.0 if name == "van_zyl" else MGAL
        # EPANET divides by its least flow where less flows; exactly nothing is a rule's own step
        trickle = np.where(flow > 0, np.minimum(1.0, flow / LEAST_FLOW), 1.0)
        mean = unit * float((ratios * trickle * step).sum()) / on
        if row["pump"] not in RULED:
            assert mean == pytest.approx(told["kWh_per_m3_or_Mgal"], rel=3e-3, abs=0.006)
        bill = cost(dict(mine.bands), network.tariff(row["pump"])[0], "USD").value
        assert bill is not None
        whole += bill / hours * 24
        assert bill / hours * 24 == pytest.approx(told["cost_per_day"], rel=3e-3, abs=0.02)
    if name == "van_zyl":
        assert whole == pytest.approx(410.92, abs=0.5)


def test_a_day_of_the_tariff_tiles() -> None:
    assert split(START, START + timedelta(days=1), 24.0, lambda _: [(0, 1440, "flat")]) == {
        "flat": pytest.approx(24.0)
    }
    assert START.date() == date(2026, 1, 1)
