"""The analyses that a person may run on a file of their own: one row each in ANALYSES.

To add one: write `run(columns, options) -> Outcome` upon functions of this room, and add its row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analytics.user_pumps import energy, pump_curve, wear_onset
from analytics.user_results import Outcome
from analytics.user_series import (
    compare,
    counter,
    demand,
    night_flow,
    outliers,
    steps,
    weighted_mean,
)
from analytics.user_tables import Columns, Need

Options = Mapping[str, str]
TIME = Need("time", "time", aliases=("local_time", "datetime", "timestamp", "date", "时间", "日期"))
FLOW = Need("flow", "flow", aliases=("q", "q_out", "flowrate", "流量", "瞬时流量"))
HEAD = Need("head", "head", aliases=("h", "扬程"))
POWER = Need("power", "power", aliases=("p", "功率", "有功功率"))
VALUE = Need("value", "any", aliases=("数值", "值"))


@dataclass(frozen=True)
class Analysis:
    """zh, en: what it answers. options: name and meaning of each `--set name=value`."""

    name: str
    zh: str
    en: str
    needs: tuple[Need, ...]
    run: Callable[[Columns, Options], Outcome]
    options: tuple[tuple[str, str, str], ...] = ()


def _optional(name: str, quantity: str, *aliases: str) -> Need:
    return Need(name, quantity, False, aliases)


ANALYSES: dict[str, Analysis] = {
    row.name: row
    for row in (
        Analysis(
            "energy", "吨水电耗、单位扬程电耗与机组效率",
            "kWh a m³, kWh a m³ and MPa, wire-to-water efficiency",
            (TIME, FLOW, POWER, _optional("p_in", "pressure", "进水压力", "suction"),
             _optional("p_out", "pressure", "出水压力", "discharge")), energy,
        ),
        Analysis(
            "pump_curve", "水泵扬程-流量、效率-流量曲线拟合",
            "Head and efficiency of a pump over its flow, fitted",
            (FLOW, _optional("head", "head", "h", "扬程"),
             _optional("p_in", "pressure", "suction", "进水压力"),
             _optional("p_out", "pressure", "discharge", "出水压力"),
             _optional("power", "power", "p", "功率"),
             _optional("efficiency", "share", "eta", "效率")), pump_curve,
        ),
        Analysis(
            "wear", "磨损从何时开始、有多大", "When wear began and how large it is",
            (TIME, Need("wear", "any", aliases=("磨损", "loss"))), wear_onset,
        ),
        Analysis(
            "night_flow", "夜间最小流量与泄漏估计", "Night minimum and what of it leaks",
            (TIME, FLOW), night_flow,
            (("homes", "户数（估算合法夜间用水）", "households, for legitimate night use"),),
        ),
        Analysis(
            "steps", "流量的台阶（新漏或修复）", "Steps of the flow: new leaks and repairs",
            (TIME, FLOW), steps,
        ),
        Analysis(
            "demand", "用水模式、峰谷与 7 天预测", "Demand pattern, peaks and a forecast of 7 days",
            (TIME, FLOW), demand,
        ),
        Analysis(
            "counter", "累计表读数差分（翻转、清零、跳变、换表）",
            "Increases of a counter: rollover, reset, spike, exchange",
            (TIME, Need("reading", "any", aliases=("读数", "累计", "counter"))), counter,
            (("cap", "每小时最大可信增量", "greatest credible increase an hour"),
             ("modulus", "翻转值，如 100000", "where it starts again from 0, e.g. 100000")),
        ),
        Analysis(
            "outliers", "稳健离群点（中位数与 MAD）", "Outliers, robust (median and MAD)",
            (VALUE, _optional("time", "time", *TIME.aliases)), outliers,
            (("limit", "阈值，默认 3.5", "limit of the modified z, 3.5 unless told"),),
        ),
        Analysis(
            "compare", "两个时段对比（带范围）", "Two periods compared, with a bound",
            (TIME, VALUE), compare,
            (("current", "本期 起..止，如 2026-11-01..2026-11-08", "this period FROM..TO"),
             ("base", "对比期 起..止", "the other period FROM..TO"),
             ("kind", "mean 均值 | sum 总量", "mean | sum")),
        ),
        Analysis(
            "mean", "加权平均（权重缺省为 1）", "Weighted mean (weight 1 where none is given)",
            (VALUE, _optional("weight", "any", "权重")), weighted_mean,
        ),
    )
}  # fmt: skip
