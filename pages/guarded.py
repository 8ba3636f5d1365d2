"""A panel whose data can't be read says so in its own place; those beside it go on.

What is read is held part by part. A part that failed is `Broken`; whoever shows it meets
`PartBroken` and `guarded` makes the panel's error of that, with the reference that is in the log.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from dash import html

from components import states
from components.page import View
from data.rights import Forbidden

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Broken:
    """Stands where a part could not be read."""

    reference: str


class PartBroken(Exception):
    """A part is asked for that could not be read."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"a part could not be read, ref {reference}")
        self.reference = reference


class Parts:
    """What was read, by name. Subclasses give the names their types."""

    def __init__(self, **parts: Any) -> None:
        self._parts: Mapping[str, Any] = parts

    @property
    def broken(self) -> bool:
        return any(isinstance(part, Broken) for part in self._parts.values())

    def part(self, name: str) -> Any:
        """Raises PartBroken."""
        return whole(self._parts[name])


def attempt(make: Callable[[], Any]) -> Any:
    """What `make` gives, Broken when it fails."""
    try:
        return make()
    except PartBroken as problem:
        return Broken(problem.reference)
    except Exception:
        return Broken(_noted())


def whole(part: Any) -> Any:
    """The part as it is. Raises PartBroken for one that could not be read."""
    if isinstance(part, Broken):
        raise PartBroken(part.reference)
    return part


def guarded(view: View, clock: str, make: Callable[[], Any]) -> Any:
    """The content of a panel; its error or 'no right' when it can't be made. `clock` is the id
    of the dcc.Interval whose next beat is the retry."""
    try:
        return make()
    except Forbidden:
        return states.denied(view.language)
    except PartBroken as problem:
        reference = problem.reference
    except Exception:
        reference = _noted()
    return states.error(view.language, view.text("state.failed"), reference, clock=clock)


def guarded_tile(view: View, clock: str, make: Callable[[], Any]) -> Any:
    """The same for what brings its own box."""
    made = guarded(view, clock, lambda: _Made(make()))
    return made.content if isinstance(made, _Made) else html.Div(made, className="panel failed")


@dataclass(frozen=True)
class _Made:
    content: Any


def _noted() -> str:
    """The reference of the exception that is being handled, which is in the log with it."""
    reference = secrets.token_hex(3)
    log.exception("a panel's data can't be read", reference=reference)
    return reference
