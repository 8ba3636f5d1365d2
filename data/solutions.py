"""The door to the solution library: what put faults right, who says so, and how often it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, insert, or_, select, update
from sqlalchemy.orm import Session

from data.audit import record
from data.catalogue.diagnosis import matrix
from data.database import Database
from data.diagnosis_tables import Solution, SolutionUse
from data.rights import NotFound, Refused, require
from data.tables import Alarm
from data.users import UserRow

STATES = ("draft", "reviewed", "retired")
LONGEST = 200
"""Letters of a title and of a list of parts."""


@dataclass(frozen=True)
class SolutionRow:
    """One solution. `used`: orders that it closed, `solved` of them successfully."""

    id: int
    fault: str
    title_zh: str
    title_en: str
    steps_zh: str
    steps_en: str
    parts_zh: str
    parts_en: str
    symptoms: tuple[str, ...]
    minutes: int
    applies: str
    author: str
    state: str
    created_at: datetime
    reviewed_at: datetime | None
    reviewed_by: str
    used: int
    solved: int

    def title(self, lang: str) -> str:
        return self.title_en if lang == "en" else self.title_zh

    def steps(self, lang: str) -> str:
        return self.steps_en if lang == "en" else self.steps_zh

    def parts(self, lang: str) -> str:
        return self.parts_en if lang == "en" else self.parts_zh


@dataclass(frozen=True)
class Draft:
    """What a person writes; both languages get the same text until somebody translates it."""

    fault: str
    title: str
    steps: str
    parts: str = ""
    minutes: int = 60
    applies: str = ""


_OWN = [
    getattr(Solution, name)
    for name in SolutionRow.__dataclass_fields__
    if name not in ("used", "solved")
]


class Solutions:
    """Reading is for everybody; writing, reviewing and using ask for a right and are audited."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def seed(self, at: datetime) -> int:
        """Bring in the catalogue's solution of every fault that the library lacks; how many.
        What a person has changed or retired stays."""
        with self._db.session() as session:
            known = set(session.scalars(select(Solution.fault).where(Solution.author == "")))
            new = [
                {
                    "fault": code, "title_zh": one.zh, "title_en": one.en,
                    "steps_zh": f"{one.check.zh} → {one.remedy.zh}",
                    "steps_en": f"{one.check.en} → {one.remedy.en}",
                    "parts_zh": one.parts.zh if one.parts else "",
                    "parts_en": one.parts.en if one.parts else "",
                    "symptoms": [s for s, step in one.shows.items() if step.startswith("+")],
                    "minutes": one.minutes, "state": "reviewed", "created_at": at,
                    "reviewed_at": at,
                }
                for code, one in matrix().faults.items()
                if code not in known
            ]  # fmt: skip
            if new:
                session.execute(insert(Solution), new)
        return len(new)

    def list(
        self, faults: Sequence[str] | None = None, states: Sequence[str] = STATES, words: str = ""
    ) -> list[SolutionRow]:
        """Solutions of these faults and states whose texts hold every one of the words, by fault,
        the most successful first."""
        query = _query().where(Solution.state.in_(states))
        if faults is not None:
            query = query.where(Solution.fault.in_(faults))
        for word in words.split():
            like = [
                column.icontains(word, autoescape=True)
                for column in (
                    Solution.title_zh, Solution.title_en, Solution.steps_zh, Solution.steps_en,
                    Solution.parts_zh, Solution.parts_en, Solution.fault, Solution.applies,
                )
            ]  # fmt: skip
            query = query.where(or_(*like))
        solved = func.count(SolutionUse.id).filter(SolutionUse.solved)
        with self._db.session() as session:
            rows = session.execute(query.order_by(Solution.fault, solved.desc(), Solution.id))
            return [_row(row) for row in rows]

    def get(self, id: int) -> SolutionRow | None:
        with self._db.session() as session:
            found = session.execute(_query().where(Solution.id == id)).first()
        return None if found is None else _row(found)

    def draft(self, new: Draft, by: UserRow, at: datetime) -> int:
        """A new solution that waits for review; its id. Raises Forbidden, Refused with
        solution_fault or solution_empty."""
        require(by, "solutions.write")
        with self._db.session() as session:
            return draft(session, new, by, at)

    def review(self, id: int, state: str, by: UserRow, at: datetime) -> None:
        """Pass a draft or retire a solution. Raises Forbidden, NotFound, and Refused with
        solution_own (nobody passes one's own) or solution_state."""
        require(by, "solutions.review")
        with self._db.session() as session:
            row = session.get(Solution, id)
            if row is None:
                raise NotFound("solution", id)
            if state not in STATES[1:] or row.state == state:
                raise Refused("solution_state", state=row.state)
            if state == "reviewed" and row.author == by.username:
                raise Refused("solution_own")
            change = {"state": state, "reviewed_at": at, "reviewed_by": by.username}
            session.execute(update(Solution).where(Solution.id == id).values(**change))
            record(session, by.username, f"solution.{state}", str(id), at)

    def of_order(self, work_order_id: int) -> SolutionRow | None:
        """The solution that an order was finished with."""
        query = select(SolutionUse.solution_id).where(SolutionUse.work_order_id == work_order_id)
        with self._db.session() as session:
            id = session.scalar(query)
        return None if id is None else self.get(id)


def draft(session: Session, new: Draft, by: UserRow, at: datetime) -> int:
    """Write a draft within a transaction; its id."""
    if new.fault not in matrix().faults:
        raise Refused("solution_fault")
    if not new.title.strip() or not new.steps.strip() or new.minutes <= 0:
        raise Refused("solution_empty")
    title, parts = new.title.strip()[:LONGEST], new.parts.strip()[:LONGEST]
    made = insert(Solution).values(
        fault=new.fault, title_zh=title, title_en=title, steps_zh=new.steps, steps_en=new.steps,
        parts_zh=parts, parts_en=parts, symptoms=[], minutes=new.minutes, applies=new.applies[:64],
        author=by.username, state="draft", created_at=at,
    )  # fmt: skip
    id = session.scalars(made.returning(Solution.id)).one()
    record(session, by.username, "solution.draft", str(id), at, fault=new.fault)
    return id


def use(
    session: Session, order_id: int, solution: int | Draft, solved: bool, by: UserRow, at: datetime
) -> None:
    """Say within the transaction of an order's end what put it right: the confirmed result that
    diagnoses learn from. Raises NotFound, Refused as `draft`."""
    id = draft(session, solution, by, at) if isinstance(solution, Draft) else solution
    row = session.get(Solution, id)
    if row is None or row.state == "retired":
        raise NotFound("solution", id)
    first = (
        select(Alarm.rule)
        .where(Alarm.work_order_id == order_id)
        .order_by(case((Alarm.parent_id.is_(None), 0), else_=1), Alarm.active_at, Alarm.id)
    )
    rule = session.scalar(first.limit(1)) or ""
    session.execute(
        insert(SolutionUse).values(
            work_order_id=order_id, solution_id=id, rule=rule, fault=row.fault, solved=solved,
            at=at, username=by.username,
        )
    )  # fmt: skip


def _query() -> Select[tuple[object, ...]]:
    used = func.count(SolutionUse.id)
    return (
        select(*_OWN, used, used.filter(SolutionUse.solved))
        .outerjoin(SolutionUse, SolutionUse.solution_id == Solution.id)
        .group_by(Solution.id)
    )


def _row(row: object) -> SolutionRow:
    values = dict(zip(SolutionRow.__dataclass_fields__, row, strict=True))  # type: ignore[call-overload]
    return SolutionRow(**values | {"symptoms": tuple(values["symptoms"])})
