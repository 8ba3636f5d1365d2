"""The door to the rules that are in force: the catalogue's, and what the utility made of them.

draft -> (back-tested) -> deployed -> superseded, or draft -> withdrawn. A version is deployed only
with a replay attached that was made of exactly it and of exactly the rule that it takes the place
of. Going back to an earlier version is a new version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import structlog
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from data.audit import record
from data.catalogue.errors import CatalogueError
from data.catalogue.rule_changes import Change, RuleError, changed, difference, fingerprint
from data.catalogue.rules import Compiler, Expression, Rule, compiled, rules
from data.database import Database
from data.rights import NotFound, Refused, require
from data.rule_tables import RuleVersion
from data.users import UserRow

DRAFT, DEPLOYED, SUPERSEDED, WITHDRAWN = "draft", "deployed", "superseded", "withdrawn"
WRITE, DEPLOY = "rules.write", "rules.deploy"
LONGEST = 1000
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RuleVersionRow:
    """A version; fields as in rule_tables.RuleVersion."""

    id: int
    rule: str
    number: int
    state: str
    change: Change
    why: str
    created_at: datetime
    created_by: str
    replay: Mapping[str, Any] | None
    replayed: str
    replayed_at: datetime | None
    deployed_at: datetime | None
    deployed_by: str
    ended_at: datetime | None


_ROW = [getattr(RuleVersion, name) for name in RuleVersionRow.__dataclass_fields__]


class RuleVersions:
    """Reading is for everybody; writing and deploying ask for a right, reach over the whole city,
    and are audited."""

    def __init__(self, db: Database, catalogue: Mapping[str, Rule] | None = None) -> None:
        self._db = db
        self._catalogue = catalogue
        self._lock = Lock()
        self._known: tuple[int, dict[str, Rule]] = (0, {})

    @property
    def catalogue(self) -> Mapping[str, Rule]:
        return rules() if self._catalogue is None else self._catalogue

    def stamp(self) -> int:
        """Counts up with each deployment."""
        query = select(func.count()).where(RuleVersion.deployed_at.is_not(None))
        with self._db.session() as session:
            return session.scalar(query) or 0

    def all(self) -> Mapping[str, Rule]:
        """Every rule as it is in force now, those that are switched off as well."""
        stamp = self.stamp()
        with self._lock:
            if not self._known[1] or self._known[0] != stamp:
                self._known = stamp, self._effective()
            return self._known[1]

    def in_force(self, compiler: Compiler[Expression] | None = None) -> dict[str, Rule]:
        """The rules that are evaluated. With a compiler, the catalogue's rule stands in for one
        whose expressions can't be read any more, as after another release."""
        found = {id: rule for id, rule in self.all().items() if rule.enabled}
        for id, rule in found.items():
            if compiler is not None and rule is not self.catalogue[id]:
                try:
                    compiled(rule, compiler)
                except CatalogueError as error:
                    log.error("a changed rule can't be used, the catalogue's is", why=str(error))
                    found[id] = self.catalogue[id]
        return found

    def versions(self, rule: str) -> list[RuleVersionRow]:
        """All versions of a rule, the newest first."""
        query = select(*_ROW).where(RuleVersion.rule == rule).order_by(RuleVersion.number.desc())
        with self._db.session() as session:
            return [RuleVersionRow(*row) for row in session.execute(query)]

    def draft_of(self, rule: str) -> RuleVersionRow | None:
        """The version of a rule that waits to be deployed."""
        return next((one for one in self.versions(rule) if one.state == DRAFT), None)

    def get(self, id: int) -> RuleVersionRow:
        """Raises NotFound."""
        with self._db.session() as session:
            return _get(session, id)

    def counts(self) -> dict[str, tuple[int, bool]]:
        """Of each rule that has any: how many versions, and whether one is a draft."""
        drafts = func.count().filter(RuleVersion.state == DRAFT)
        query = select(RuleVersion.rule, func.count(), drafts).group_by(RuleVersion.rule)
        with self._db.session() as session:
            return {rule: (count, bool(draft)) for rule, count, draft in session.execute(query)}

    def rule_of(self, version: RuleVersionRow) -> Rule:
        """The whole rule of a version. Raises RuleError where the catalogue has moved on."""
        rule = changed(self.catalogue[version.rule], version.change)
        return rule.model_copy(update={"version": version.number})

    def draft(
        self, by: UserRow, rule: str, change: Change, why: str, at: datetime,
        compiler: Compiler[Expression],
    ) -> int:  # fmt: skip
        """A new version that waits for its back-test; its id. An older draft of the rule is
        withdrawn. Compiler: analytics.expressions.compile_expression.

        Raises Forbidden, NotFound, RuleError, Refused: rule_city, rule_why, rule_same.
        """
        _may(by, WRITE)
        own = self.catalogue.get(rule)
        if own is None:
            raise NotFound("rule", rule)
        if not why.strip():
            raise Refused("rule_why")
        new = changed(own, change, compiler)
        if fingerprint(new) == fingerprint(self.all()[rule]):
            raise Refused("rule_same")
        told = difference(own, new)
        mine = RuleVersion.rule == rule
        with self._db.session() as session:
            old = update(RuleVersion).where(mine, RuleVersion.state == DRAFT)
            session.execute(old.values(state=WITHDRAWN, ended_at=at))
            last = session.scalar(select(func.max(RuleVersion.number)).where(mine))
            number = max(last or 0, own.version) + 1
            made = insert(RuleVersion).values(
                rule=rule, number=number, state=DRAFT, change=told, why=why.strip()[:LONGEST],
                created_at=at, created_by=by.username,
            )  # fmt: skip
            id = session.scalars(made.returning(RuleVersion.id)).one()
            record(session, by.username, "rule.draft", rule, at, version=number, change=told)
        return id

    def back_to(
        self, by: UserRow, rule: str, id: int | None, why: str, at: datetime,
        compiler: Compiler[Expression],
    ) -> int:  # fmt: skip
        """A draft with the content of an earlier version, or of the catalogue (None); its id.
        Raises as `draft`."""
        _may(by, WRITE)
        change = {} if id is None else self.get(id).change
        return self.draft(by, rule, change, why, at, compiler)

    def withdraw(self, by: UserRow, id: int, at: datetime) -> None:
        """Give a draft up. Raises Forbidden, NotFound, Refused('rule_state')."""
        _may(by, WRITE)
        with self._db.session() as session:
            row = _get(session, id)
            _move(session, row, state=WITHDRAWN, ended_at=at)
            record(session, by.username, "rule.withdraw", row.rule, at, version=row.number)

    def attach(self, id: int, replay: Mapping[str, Any], replayed: str, at: datetime) -> None:
        """Keep what a back-test found; `replayed` = `fingerprint` of the rules before and after."""
        with self._db.session() as session:
            session.execute(
                update(RuleVersion)
                .where(RuleVersion.id == id, RuleVersion.state == DRAFT)
                .values(replay=dict(replay), replayed=replayed, replayed_at=at)
            )

    def tested(self, version: RuleVersionRow) -> bool:
        """Whether its replay is of exactly this content and of the rule that is in force."""
        pair = self.all()[version.rule], self.rule_of(version)
        return version.replay is not None and version.replayed == fingerprint(*pair)

    def deploy(self, by: UserRow, id: int, at: datetime) -> None:
        """Put a version in force; the collector follows within seconds.

        Raises Forbidden, NotFound, RuleError, Refused: rule_city, rule_state (no draft),
        rule_untested (no replay, or one of another content).
        """
        _may(by, DEPLOY)
        version = self.get(id)
        if version.state != DRAFT:
            raise Refused("rule_state")
        if not self.tested(version):
            raise Refused("rule_untested")
        with self._db.session() as session:
            session.execute(
                update(RuleVersion)
                .where(RuleVersion.rule == version.rule, RuleVersion.state == DEPLOYED)
                .values(state=SUPERSEDED, ended_at=at)
            )
            _move(session, version, state=DEPLOYED, deployed_at=at, deployed_by=by.username)
            record(
                session, by.username, "rule.deploy", version.rule, at, version=version.number,
                change=dict(version.change), replay=dict(version.replay or {}).get("figures"),
            )  # fmt: skip

    def _effective(self) -> dict[str, Rule]:
        query = select(*_ROW).where(RuleVersion.state == DEPLOYED)
        with self._db.session() as session:
            deployed = [RuleVersionRow(*row) for row in session.execute(query)]
        found = dict(self.catalogue)
        for version in deployed:
            if version.rule not in found:
                continue
            try:
                found[version.rule] = self.rule_of(version)
            except RuleError as error:  # another release brought another catalogue
                log.error("a changed rule can't be used, the catalogue's is", why=str(error))
        return found


def _may(by: UserRow, right: str) -> None:
    """A rule holds for the whole city, so who changes it answers for all of it."""
    require(by, right)
    if by.district_id is not None:
        raise Refused("rule_city")


def _get(session: Session, id: int) -> RuleVersionRow:
    row = session.execute(select(*_ROW).where(RuleVersion.id == id)).first()
    if row is None:
        raise NotFound("rule_version", id)
    return RuleVersionRow(*row)


def _move(session: Session, row: RuleVersionRow, **values: Any) -> None:
    """Let a draft be one no longer; of two people at once only the first does."""
    mine = update(RuleVersion).where(RuleVersion.id == row.id, RuleVersion.state == DRAFT)
    if not session.execute(mine.values(**values)).rowcount:  # type: ignore[attr-defined]
        raise Refused("rule_state")
