"""A panel whose data can't be read says so in its own place; those beside it go on.

What is read is held part by part: `it = attempt(lambda: scene(stores, view))`. A part that failed
is `Broken`; whoever uses it meets `PartBroken`, and the function marked with `@guard` that wanted
to show it gives the panel's error instead, with the reference that is in the log. What it shows
has to be made within it: a body is handed over as a function.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec

import structlog
from dash import html

from components import states
from components.page import View
from components.panel import panel
from data.catalogue.indicators import indicators
from data.catalogue.words import words
from data.indicator_rights import sees
from data.rights import RIGHTS, ROLES, Forbidden, NotFound
from data.unreadable import Unreadable

log = structlog.get_logger(__name__)
P = ParamSpec("P")


class PartBroken(Exception):
    """A part is asked for that could not be read."""

    def __init__(self, reference: str, damaged: Unreadable | None = None) -> None:
        super().__init__(f"a part could not be read, ref {reference}")
        self.reference, self.damaged = reference, damaged


@dataclass(frozen=True)
class Broken:
    """Stands where a part could not be read; whatever is asked of it raises PartBroken."""

    reference: str
    damaged: Unreadable | None = None
    """The file of the lake that is to blame, where one is."""

    @property
    def dataset(self) -> str:
        """The dataset of that file, '' for another failure."""
        return "" if self.damaged is None else self.damaged.dataset

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise PartBroken(self.reference, self.damaged)

    def _refuse(self, *_: Any) -> Any:
        raise PartBroken(self.reference, self.damaged)

    __iter__ = __len__ = __bool__ = __getitem__ = __call__ = _refuse


class Parts:
    """What was read, by name. Subclasses give the names their types."""

    def __init__(self, **parts: Any) -> None:
        self._parts: Mapping[str, Any] = parts

    @property
    def broken(self) -> bool:
        return any_broken(self._parts.values())

    def part(self, name: str) -> Any:
        """Raises PartBroken."""
        return whole(self._parts[name])


def attempt(make: Callable[[], Any]) -> Any:
    """What `make` gives, Broken when it fails. NotFound and Forbidden pass: they are answers."""
    try:
        return make()
    except (NotFound, Forbidden):
        raise
    except PartBroken as problem:
        return Broken(problem.reference, problem.damaged)
    except Exception as problem:
        return Broken(_noted(), _damaged(problem))


def any_broken(parts: Iterable[Any]) -> bool:
    """Whether one of them could not be read; what holds such a part isn't kept (pages/kept.py)."""
    return any(isinstance(part, Broken) for part in parts)


def whole(part: Any) -> Any:
    """The part as it is. Raises PartBroken for one that could not be read."""
    if isinstance(part, Broken):
        raise PartBroken(part.reference, part.damaged)
    return part


def guarded(view: View, clock: str, make: Callable[[], Any]) -> Any:
    """The content of a panel; its error or 'no right' when it can't be made. `clock` is the id
    of the dcc.Interval whose next beat is the retry; '' loads the page again."""
    try:
        return make()
    except NotFound:
        raise
    except Forbidden as problem:
        return denied(view, problem.right)
    except PartBroken as problem:
        reference, damaged = problem.reference, problem.damaged
    except Exception as problem:
        reference, damaged = _noted(), _damaged(problem)
    cause, advice = _cause(view, damaged)
    return states.error(view.language, cause, reference, clock=clock, advice=advice)


def guarded_tile(view: View, clock: str, make: Callable[[], Any]) -> Any:
    """The same for what brings its own box."""
    made = guarded(view, clock, lambda: _Made(make()))
    return made.content if isinstance(made, _Made) else html.Div(made, className="panel failed")


def failed(view: View, broken: Broken) -> Any:
    """The error of a part that could not be read, for whoever looks whether it is there."""
    return guarded(view, "", lambda: whole(broken))


def unread(view: View, broken: Broken, short: bool = False) -> html.Span:
    """In place of one value that could not be read: why, with its reference; what to do under the
    pointer. `short`: the reason under the pointer too."""
    cause, advice = _cause(view, broken.damaged)
    reference = f"ref {broken.reference}"
    shown: list[Any] = [view.text("state.failed")]
    if not short:
        name = _dataset(view, broken.dataset)
        words = view.text("state.unread", name=name) if name else shown[0]
        shown = [words, html.Span(f" {reference}", className="hint")]
    title = " ".join(filter(None, (cause, advice, reference)))
    return html.Span(shown, className="unread", title=title)


def unread_words(view: View, broken: Broken) -> str:
    """The same as one text, for a file."""
    return f"{_cause(view, broken.damaged)[0]} (ref {broken.reference})"


def guard(title: str = "", css: str = "") -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Marks a function that makes a panel for the View among its arguments: where it fails, the
    panel's error. `title` is the panel's word, `css` its classes; both may hold `{names}` of
    arguments. Without a title the function makes what stands in a panel or brings its own box."""

    def mark(make: Callable[P, Any]) -> Callable[P, Any]:
        asked = signature(make)

        @wraps(make)
        def shown(*args: P.args, **named: P.kwargs) -> Any:
            view = next(_viewers(args))
            made = guarded(view, "", lambda: _Made(make(*args, **named)))
            if isinstance(made, _Made):
                return made.content
            if not title:
                return made
            given = asked.bind(*args, **named).arguments
            return panel(view.text(title.format(**given)), made, css=css.format(**given))

        return shown

    return mark


def _viewers(args: Iterable[Any]) -> Iterator[View]:
    """Views among arguments, or what an argument is asked for by."""
    for value in args:
        if isinstance(value, View):
            yield value
        elif not isinstance(value, Broken) and isinstance(getattr(value, "view", None), View):
            yield value.view


def denied(view: View, right: str) -> Any:
    """Which right is missing, and who has it."""
    subject, _, code = right.partition(".")
    held = RIGHTS.get(right, frozenset({"administrator"}))
    if subject == "indicators":
        held = frozenset(role for role in ROLES if indicators()[code].allowed(role))
    return states.denied(view.language, right_words(view, right), role_words(view, held))


def right_words(view: View, right: str) -> str:
    """What a right is called; that on an indicator is called as the indicator."""
    subject, _, code = right.partition(".")
    if subject == "indicators":
        return indicators()[code].name(view.language)
    return view.text(f"right.{right}")


def left_out(view: View, codes: Iterable[str]) -> Any:
    """One line that names those of `codes` that the viewer's role may not see; None for none."""
    names = [indicators()[c].name(view.language) for c in codes if not sees(view.user, c)]
    if not names:
        return None
    comma = "、" if view.language == "zh" else ", "
    return html.P(view.text("state.left_out", names=comma.join(names)), className="hint left-out")


def role_words(view: View, roles: Iterable[str]) -> str:
    """Names of roles as one enumeration."""
    comma = "、" if view.language == "zh" else ", "
    return comma.join(sorted(view.text(f"role.{role}") for role in roles))


@dataclass(frozen=True)
class _Made:
    content: Any


def _cause(view: View, damaged: Unreadable | None) -> tuple[str, str]:
    """What failed, and what to do about it."""
    if damaged is None:
        return view.text("state.failed"), ""
    name = _dataset(view, damaged.dataset)
    cause = view.text("state.damaged", name=name, dataset=damaged.dataset)
    return cause, view.text("state.restore", file=damaged.file or damaged.dataset)


def _dataset(view: View, dataset: str) -> str:
    """What a dataset is called, '' for none."""
    return words(view.language).get(f"system.dataset_{dataset}", dataset)


def _damaged(problem: Exception) -> Unreadable | None:
    """The file of the lake behind an error."""
    while not isinstance(problem, Unreadable):
        if not isinstance(problem.__cause__, Exception):
            return None
        problem = problem.__cause__
    return problem


def _noted() -> str:
    """The reference of the exception that is being handled, which is in the log with it."""
    reference = secrets.token_hex(3)
    log.exception("a panel's data can't be read", reference=reference)
    return reference
