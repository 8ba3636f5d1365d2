"""The cockpit's panels as ready HTML: made once for all who see the same, and there before anybody
asks, so that a page opens with its figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from components.flat import rendered
from components.page import View
from data.station_rows import Scope
from data.stores import Stores
from pages.cockpit_facts import CityFacts, FactsDesk
from pages.cockpit_later import LaterDesk
from pages.guarded import attempt
from pages.kept import RENEWER, Kept, Renewer, forget

PANEL_SECONDS, LIST_SECONDS = 15.0, 3.0
OPENS = 600.0
"""s that a page may open with what was last made; a moment later it has the newest."""
BEAT = 30.0
"""So often it is seen to that facts of the whole city are there, whoever looks."""


class Ready:
    """What those see who share scope, role, language and theme."""

    def __init__(
        self,
        stores: Stores,
        facts: Callable[..., Any],
        lists: Callable[..., Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """facts(stores, view, desk, later) and lists(stores, view) make the panels' contents, the
        first of the facts a figure."""
        self._stores, self._clock = stores, clock
        self._desk, self._later = FactsDesk(stores), LaterDesk(stores)
        self._facts, self._lists = facts, lists
        self._panels, self._rows = Kept(PANEL_SECONDS), Kept(LIST_SECONDS)
        self._known: dict[tuple[Any, ...], tuple[float, tuple[Any, ...]]] = {}

    def facts(self, view: View) -> tuple[Any, ...]:
        """The chart of the supply, then texts of HTML."""
        return self._shown(view, self._desk.of(view.scope, view.now))

    def city(self, view: View) -> CityFacts:
        """The facts that the panels are made of."""
        return self._desk.of(view.scope, view.now)

    def lists(self, view: View) -> tuple[str, ...]:
        """Texts of HTML of alarms and orders, a few seconds old."""

        def make() -> tuple[str, ...]:
            parts = self._lists(self._stores, _now(view))
            return self._noted("lists", view, tuple(rendered(part) for part in parts))

        return self._rows(_who(view), make)  # type: ignore[no-any-return]

    def first(self, view: View) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """HTML of facts and of lists for a page that opens and is kept fresh from then on: at most
        OPENS old, () rather than wait for the lake."""
        facts, lists = self._last("facts", view), self._last("lists", view)
        if facts is None:
            kept = self._desk.soon(view.scope, view.now)
            facts = () if kept is None else self._shown(view, kept)
        return facts[1:], self.lists(view) if lists is None else lists

    def keep(self, scope: Scope, renewer: Renewer = RENEWER) -> None:
        """Facts of the scope stay kept until the renewer is stopped. All that was kept while the
        past of the demo city was being made is forgotten once it is whole."""

        def beat() -> None:
            whole = self._past_is_whole()
            while not renewer.stopped:
                if not whole and (whole := self._past_is_whole()):
                    forget()
                    self._known.clear()
                self._desk.soon(scope, datetime.now(UTC))
                renewer.pause(BEAT)

        Thread(target=beat, name="cockpit", daemon=True).start()

    def _past_is_whole(self) -> bool:
        """Whether the program that makes it has said so."""
        told = attempt(lambda: self._stores.status.get("history"))
        return isinstance(told, tuple) and bool(told[0].get("done"))

    def _shown(self, view: View, facts: CityFacts) -> tuple[Any, ...]:
        more = self._later.of(view.scope, view.now)

        def make() -> tuple[Any, ...]:
            chart, *parts = self._facts(self._stores, _now(view), self._desk, self._later)
            return self._noted("facts", view, (chart, *(rendered(part) for part in parts)))

        if facts.broken or (more is not None and more.broken):
            return make()  # who asks again gets another try
        return self._panels((*_who(view), facts.now, id(more)), make)  # type: ignore[no-any-return]

    def _noted(self, kind: str, view: View, made: tuple[Any, ...]) -> tuple[Any, ...]:
        self._known[(kind, *_who(view))] = (self._clock(), made)
        return made

    def _last(self, kind: str, view: View) -> tuple[Any, ...] | None:
        at, made = self._known.get((kind, *_who(view)), (0.0, None))
        return None if made is None or self._clock() - at > OPENS else made


def _who(view: View) -> tuple[Any, ...]:
    return (view.scope, view.user.role, view.language, view.theme)


def _now(view: View) -> View:
    """The background makes it later than it was asked for."""
    return replace(view, now=datetime.now(UTC))
