"""A person's own table to columns in our units; what can't be read is told row by row. X2 in
docs/methods.md."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from analytics.quantities import factor

TIMES = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",
    "%Y/%m/%d", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y",
)  # fmt: skip
MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "-", "—", "--", "#n/a"})
_HEAD = re.compile(r"^(?P<name>.*?)\s*[\[(（【](?P<unit>[^\])）】]*)[\])）】]\s*$")


@dataclass(frozen=True)
class Need:
    """A column that an analysis wants: `quantity` of analytics.quantities, `time`, or `any`."""

    name: str
    quantity: str
    required: bool = True
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Why a row was left out; `line` as a spreadsheet counts, the head is line 1."""

    line: int
    column: str
    why: str


@dataclass(frozen=True)
class Columns:
    """Good rows, in our units; times as ms (UTC, of the file's own clock)."""

    values: dict[str, np.ndarray]
    lines: np.ndarray
    problems: list[Problem]
    units: dict[str, str]
    """The unit that each column came in; that of `any` stays."""


class TableError(ValueError):
    """The table as a whole can't be used."""


def split_head(head: str) -> tuple[str, str]:
    """(name, unit) of `flow [m3/h]`; the unit is '' where none is written."""
    found = _HEAD.match(str(head).strip())
    return (found["name"], found["unit"].strip()) if found else (str(head).strip(), "")


def places(
    heads: Sequence[str], needs: Sequence[Need], chosen: Mapping[str, str]
) -> dict[str, int]:
    """Index of each needed column: as `chosen` (need: head), else by its name or an alias.

    Raises TableError that names what is absent and what there is.
    """
    names = [split_head(head)[0].casefold() for head in heads]
    full = [str(head).strip().casefold() for head in heads]
    found = {}
    for need in needs:
        wanted = [chosen[need.name]] if need.name in chosen else [need.name, *need.aliases]
        for word in (w.casefold() for w in wanted):
            at = next((i for i, n in enumerate(full) if n == word), None)
            at = next((i for i, n in enumerate(names) if n == word), None) if at is None else at
            if at is not None:
                found[need.name] = at
                break
        if need.name not in found and (need.required or need.name in chosen):
            raise TableError(
                f"no column '{wanted[0]}' among: {', '.join(str(h) for h in heads)} "
                f"(name one: --column {need.name}=HEAD)"
            )
    return found


def read(
    rows: Sequence[Sequence[Any]],
    at: Mapping[str, int],
    needs: Sequence[Need],
    units: Mapping[str, str],
) -> Columns:
    """The good rows. A row is left out when a required cell can't be read; an optional cell that
    is empty is NaN. `units`: the unit of each column. Raises UnknownUnit, TableError (no row)."""
    kept: dict[str, list[float]] = {name: [] for name in at}
    lines, problems = [], []
    by_name = {need.name: need for need in needs}
    scale = {
        n: factor(by_name[n].quantity, units[n])
        if by_name[n].quantity not in ("time", "any")
        else 1
        for n in at
    }
    for line, row in enumerate(rows, 2):
        values: dict[str, float] = {}
        if not any(str(cell).strip() for cell in row if cell is not None):
            continue
        for name, column in at.items():
            need = by_name[name]
            try:
                cell = row[column] if column < len(row) else None
                value = moment(cell) if need.quantity == "time" else number(cell)
            except ValueError as error:
                problems.append(Problem(line, name, str(error)))
                break
            if math.isnan(value) and need.required:
                problems.append(Problem(line, name, "empty"))
                break
            values[name] = value * scale.get(name, 1.0)
        else:
            for name, value in values.items():
                kept[name].append(value)
            lines.append(line)
    if not lines:
        first = f"; first: line {problems[0].line}, {problems[0].why}" if problems else ""
        raise TableError(f"no row can be used{first}")
    arrays = {name: np.array(some) for name, some in kept.items()}
    if "time" in arrays:
        order = np.argsort(arrays["time"], kind="stable")
        arrays = {name: values[order] for name, values in arrays.items()}
        lines = [lines[i] for i in order]
    return Columns(arrays, np.array(lines), problems, dict(units))


def number(cell: Any) -> float:
    """A cell as a number, NaN for an empty one. Raises ValueError with the reason."""
    if cell is None:
        return math.nan
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell) if math.isfinite(cell) else math.nan
    text = str(cell).strip().replace("−", "-")
    if text.casefold() in MISSING:
        return math.nan
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"-?\d+,\d+", text):
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"'{text[:40]}' is no number") from None
    if not math.isfinite(value):
        raise ValueError(f"'{text[:40]}' is no finite number")
    return value


def moment(cell: Any) -> float:
    """A cell as ms; a time without a zone is taken as it stands. Raises ValueError."""
    if cell is None or str(cell).strip().casefold() in MISSING:
        raise ValueError("no time")
    if isinstance(cell, datetime):
        return _ms(cell)
    text = str(cell).strip()
    try:
        return _ms(datetime.fromisoformat(text))
    except ValueError:
        pass
    for pattern in TIMES:
        try:
            return _ms(datetime.strptime(text, pattern))  # noqa: DTZ007 - the file's own clock
        except ValueError:
            continue
    raise ValueError(f"'{text[:40]}' is no time (2026-11-22 14:02:31)")


def _ms(at: datetime) -> float:
    """Times with a zone lose it, so that a day stays the day that the file means."""
    return at.replace(tzinfo=UTC).timestamp() * 1000
