"""The fault-symptom matrix: faults, symptoms and how strongly they go together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.catalogue.errors import FOLDER, CatalogueError, read, rows
from data.catalogue.points import points
from data.catalogue.rules import rules
from data.catalogue.texts import Text

FILE = FOLDER / "diagnosis.toml"
Layer = Literal[
    "platform", "carrier", "gateway", "plc", "electricity", "sensors", "process", "person"
]
"""What is put on trial, in this order; person = nobody but somebody on site can tell."""
STEPS = {"++": 8.0, "+": 3.0, "0": 1.0, "-": 1 / 3, "--": 1 / 8}
"""Likelihood ratios as the file writes them."""
ABSENT = {"++": 1 / 8, "+": 1 / 3, "0": 1.0, "-": 1.0, "--": 1.0}
"""What it says when a symptom isn't shown, unless the row says so itself (`++/-`)."""


class Symptom(Text):
    """Something that is shown or not: a measure beyond a limit, or what a person finds."""

    code: str = Field(pattern=r"^[a-z_]+$")
    layer: Layer
    measure: str = ""
    """A function of analytics.symptoms; empty = a person's answer only."""
    point: str = ""
    above: float | None = None
    below: float | None = None
    unit: str = ""
    check: Text | None = None
    """How somebody finds out."""
    distrusts: tuple[str, ...] = ()
    """Symptoms, or whole layers, that say nothing while this one is shown."""

    @model_validator(mode="after")
    def _told(self) -> Symptom:
        if self.measure and self.above is None and self.below is None:
            raise ValueError("a measure needs `above` or `below`")
        if not self.measure and self.check is None:
            raise ValueError("needs a `measure`, or a `check` by a person")
        return self


class Fault(Text):
    """What may be wrong. `shows`: symptom -> ++ + 0 - -- (shown), or ++/- (shown/not shown)."""

    code: str = Field(pattern=r"^[a-z_]+$")
    check: Text
    remedy: Text
    parts: Text | None = None
    minutes: int = Field(60, gt=0)
    """On site, as a rule."""
    shows: dict[str, str] = Field(min_length=1)


class Start(BaseModel):
    """The faults that may have started a rule, most likely first."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rule: str
    faults: tuple[str, ...] = Field(min_length=1)


class Matrix(NamedTuple):
    """The whole table; `ratios`: fault -> symptom -> (shown, not shown)."""

    symptoms: Mapping[str, Symptom]
    faults: Mapping[str, Fault]
    ratios: Mapping[str, Mapping[str, tuple[float, float]]]
    starts: Mapping[str, tuple[str, ...]]


@lru_cache
def matrix(file: Path = FILE) -> Matrix:
    """The table, checked. Raises CatalogueError with file, row and field. That every measure exists
    is checked by who brings the functions (ingest.diagnosis)."""
    raw = read(file)
    symptoms = rows(file, raw.get("symptoms", []), Symptom, lambda row: row.code)
    symptoms = {code: _checked(file, one, symptoms) for code, one in symptoms.items()}
    _in_order(file, symptoms)
    faults = rows(file, raw.get("faults", []), Fault, lambda row: row.code)
    ratios = {code: _ratios(file, one, symptoms) for code, one in faults.items()}
    starts = _starts(file, raw.get("starts", {}), faults)
    return Matrix(symptoms, faults, ratios, starts)


def _checked(file: Path, one: Symptom, known: Mapping[str, Symptom]) -> Symptom:
    """The symptom with the layers that it distrusts told symptom by symptom."""
    if one.point and "." in one.point and one.point not in points():
        raise CatalogueError(file, one.code, "point", f"no such point: '{one.point}'")
    doubted: list[str] = []
    for name in one.distrusts:
        of_layer = [code for code, other in known.items() if other.layer == name]
        if (not of_layer and name not in known) or name == one.code:
            raise CatalogueError(file, one.code, "distrusts", f"no other symptom '{name}'")
        doubted += of_layer or [name]
    return one.model_copy(update={"distrusts": tuple(doubted)})


def _in_order(file: Path, symptoms: Mapping[str, Symptom]) -> None:
    """Layers in the order of the trial, and nobody doubts what was judged before."""
    order, heard, last = get_args(Layer), set[str](), 0
    for one in symptoms.values():
        place = order.index(one.layer)
        if place < last:
            why = f"'{one.layer}' stands after '{order[last]}'"
            raise CatalogueError(file, one.code, "layer", why)
        if early := heard & set(one.distrusts):
            why = f"'{min(early)}' was judged before"
            raise CatalogueError(file, one.code, "distrusts", why)
        last = place
        heard.add(one.code)


def _ratios(
    file: Path, fault: Fault, symptoms: Mapping[str, Symptom]
) -> dict[str, tuple[float, float]]:
    found = {}
    for code, text in fault.shows.items():
        if code not in symptoms:
            raise CatalogueError(file, fault.code, f"shows.{code}", "no such symptom")
        shown, _, absent = text.partition("/")
        if shown not in STEPS or (absent and absent not in STEPS):
            why = f"'{text}' isn't one of {' '.join(STEPS)} or two of them with / between"
            raise CatalogueError(file, fault.code, f"shows.{code}", why)
        found[code] = (STEPS[shown], STEPS[absent] if absent else ABSENT[shown])
    return found


def _starts(
    file: Path, raw: Mapping[str, Any], faults: Mapping[str, Fault]
) -> dict[str, tuple[str, ...]]:
    listed = rows(
        file, ({"rule": id, "faults": codes} for id, codes in raw.items()), Start, lambda s: s.rule
    )
    for start in listed.values():
        if start.rule not in rules():
            raise CatalogueError(file, start.rule, "starts", f"no rule '{start.rule}'")
        for code in start.faults:
            if code not in faults or start.faults.count(code) > 1:
                why = f"'{code}' is no fault, or stands twice"
                raise CatalogueError(file, start.rule, "faults", why)
    return {start.rule: start.faults for start in listed.values()}
