"""The door to saved views: named URLs of a page, a person's own and those that people share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update

from data.audit import record
from data.database import Database
from data.desk_tables import SavedView
from data.rights import NotFound, Refused
from data.users import UserRow

MOST = 100
"""Views that one person may keep."""
LONGEST_NAME, LONGEST_PATH, LONGEST_QUERY = 64, 255, 2000
_ROW = (
    SavedView.id, SavedView.username, SavedView.page, SavedView.name, SavedView.path,
    SavedView.query, SavedView.shared, SavedView.created_at,
)  # fmt: skip


@dataclass(frozen=True)
class SavedViewRow:
    """One saved view; `query` is the part after the question mark."""

    id: int
    username: str
    page: str
    name: str
    path: str
    query: str
    shared: bool
    created_at: datetime

    @property
    def href(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


class SavedViews:
    """Views are told to their owner and, when shared, to everybody who may open the page: what the
    page then shows is still cut to each viewer's own scope."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, user: UserRow, page: str) -> tuple[SavedViewRow, ...]:
        """The person's own views of a page and the shared ones, own first, by name."""
        mine = SavedView.username == user.username
        query = (
            select(*_ROW)
            .where(SavedView.page == page, or_(mine, SavedView.shared))
            .order_by(mine.desc(), SavedView.name, SavedView.id)
        )
        with self._db.session() as session:
            return tuple(SavedViewRow(*row) for row in session.execute(query))

    def save(
        self, user: UserRow, page: str, name: str, path: str, query: str, shared: bool, at: datetime
    ) -> int:
        """Keep a view; one of the same page and name of the same person is replaced. Its id.

        Raises Refused: view_name (none or too long), view_url (not a path of ours, or too long),
        views_full.
        """
        name, query = name.strip(), query.lstrip("?")
        if not 0 < len(name) <= LONGEST_NAME:
            raise Refused("view_name", most=LONGEST_NAME)
        local = path.startswith("/") and not path.startswith(("//", "/\\"))
        if not local or len(path) > LONGEST_PATH or len(query) > LONGEST_QUERY:
            raise Refused("view_url")
        owned = SavedView.username == user.username
        same = (owned, SavedView.page == page, SavedView.name == name)
        values = {"path": path, "query": query, "shared": shared, "created_at": at}
        with self._db.session() as session:
            found = session.scalar(select(SavedView.id).where(*same))
            if found is not None:
                session.execute(update(SavedView).where(SavedView.id == found).values(**values))
            elif (session.scalar(select(func.count()).where(owned)) or 0) >= MOST:
                raise Refused("views_full", most=MOST)
            else:
                made = insert(SavedView).values(
                    username=user.username, page=page, name=name, **values
                )
                found = int(session.execute(made.returning(SavedView.id)).scalar_one())
            detail = {"name": name, "path": path, "query": query, "shared": shared}
            record(session, user.username, "view.save", f"{page}:{found}", at, **detail)
            return found

    def remove(self, user: UserRow, id: int, at: datetime) -> None:
        """Forget one of the person's own views; an administrator may take away a shared one too.

        Raises NotFound.
        """
        query = select(*_ROW).where(SavedView.id == id)
        with self._db.session() as session:
            row = session.execute(query).first()
            found = SavedViewRow(*row) if row else None
            rules = user.role == "administrator"
            if found is None or (found.username != user.username and not (rules and found.shared)):
                raise NotFound("view", id)
            session.execute(delete(SavedView).where(SavedView.id == id))
            record(session, user.username, "view.remove", f"{found.page}:{id}", at, name=found.name)
