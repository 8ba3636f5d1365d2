"""Parameters of the REST API: one table serves the checking of a request and its description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LONGEST = timedelta(days=800)
MOST = 1000


class BadParameter(ValueError):
    """A parameter that can't be used; the sentence is for the one who wrote the request."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


@dataclass(frozen=True)
class Parameter:
    """One query or path parameter. kind: text | integer | date | time | choice | flag."""

    name: str
    kind: str
    description: str
    choices: tuple[str, ...] = ()
    default: Any = None
    low: int = 0
    high: int = MOST
    path: bool = False
    required: bool = False
    many: bool = False
    """Several values, with commas between them."""

    def schema(self) -> dict[str, Any]:
        """Its OpenAPI schema."""
        kinds: dict[str, dict[str, Any]] = {
            "text": {"type": "string", "minLength": 1},
            "integer": {"type": "integer", "minimum": self.low, "maximum": self.high},
            "date": {"type": "string", "format": "date"},
            "time": {"type": "string", "format": "date-time"},
            "choice": {"type": "string", "enum": list(self.choices)},
            "flag": {"type": "boolean"},
        }
        schema = dict(kinds[self.kind])
        if self.many:
            return {"type": "array", "items": schema}
        if isinstance(self.default, (int, str)):
            schema["default"] = self.default
        return schema

    def read(self, raw: str | None, zone: ZoneInfo) -> Any:
        """The value of a request; its default when nothing was said. Raises BadParameter."""
        if raw is None or raw == "":
            if self.required:
                raise BadParameter(self.name, f"'{self.name}' is needed: {self.description}")
            return () if self.many and self.default is None else self.default
        if self.many:
            return tuple(self._one(part.strip(), zone) for part in raw.split(",") if part.strip())
        return self._one(raw, zone)

    def _one(self, raw: str, zone: ZoneInfo) -> Any:
        try:
            if self.kind == "integer":
                return self._whole(raw)
            if self.kind == "date":
                return date.fromisoformat(raw)
            if self.kind == "time":
                at = datetime.fromisoformat(raw)
                return at if at.tzinfo else at.replace(tzinfo=zone)
        except (ValueError, OverflowError) as error:
            raise BadParameter(self.name, f"'{self.name}' {self._wanted()}, not '{raw}'") from error
        if self.kind in ("choice", "flag"):
            known = self.choices or ("true", "false")
            if raw not in known:
                raise BadParameter(self.name, f"'{self.name}' {self._wanted()}, not '{raw}'")
            return raw == "true" if self.kind == "flag" else raw
        return raw

    def _whole(self, raw: str) -> int:
        value = int(raw)
        if not self.low <= value <= self.high:
            raise ValueError(raw)
        return value

    def _wanted(self) -> str:
        return {
            "integer": f"is a whole number from {self.low} to {self.high}",
            "date": "is a day like 2026-11-25",
            "time": "is a time like 2026-11-25T08:00",
            "choice": f"is one of {', '.join(self.choices)}",
            "flag": "is true or false",
        }[self.kind]


def read_all(
    parameters: tuple[Parameter, ...], given: Mapping[str, str], zone: ZoneInfo
) -> dict[str, Any]:
    """Values of all parameters; one that nobody knows is refused, for it may be a misspelt one."""
    names = {p.name for p in parameters}
    for name in given:
        if name not in names:
            known = ", ".join(sorted(names)) or "none"
            raise BadParameter(name, f"there is no parameter '{name}' here; known: {known}")
    return {p.name: p.read(given.get(p.name), zone) for p in parameters}


def span(values: Mapping[str, Any], today: date, days: int = 7) -> tuple[date, date]:
    """Days `from` and `to`, both included; by default the last `days` with today."""
    end: date = values["to"] or today
    start: date = values["from"] or end - timedelta(days=days - 1)
    if start > end:
        raise BadParameter("from", f"'from' ({start}) comes after 'to' ({end})")
    if end - start > LONGEST:
        raise BadParameter("from", f"at most {LONGEST.days} days at a time")
    return start, end
