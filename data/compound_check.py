"""The compound that a row of a station list names: one of the records, or a new one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from data.catalogue.station_columns import plain
from data.station_rows import CompoundRow

FIELDS = {"compound_zh": "name_zh", "compound_en": "name_en", "compound_households": "households"}
"""What a row may say of its compound, and of what of the record."""


class Compounds:
    """Compounds by code, and by district and Chinese name; `fresh` are those that the list adds,
    with ids below zero."""

    def __init__(self, rows: Iterable[CompoundRow]) -> None:
        self.fresh: list[CompoundRow] = []
        self._by_code: dict[str, CompoundRow] = {}
        self._by_name: dict[tuple[int, str], CompoundRow] = {}
        for row in rows:
            self._know(row)

    def home(self, values: Mapping[str, Any], note: Callable[..., None]) -> CompoundRow | None:
        """The compound of a row; None where it names none. `note(field, reason, **values)` is told
        what contradicts the records."""
        code, name, district = values["compound"], values["compound_zh"], values["district"].id
        if code is None and name is None:
            return None
        row = self._by_name.get((district, plain(name or ""))) if code is None else None
        code = code or (row.code if row else f"C-{values['code']}")
        row = self._by_code.get(plain(code))
        if row is None:
            if name is None:
                note("compound_zh", "missing")
            english, homes = values["compound_en"] or name, values["compound_households"]
            return CompoundRow(-1 - len(self.fresh), code, name, english, district, homes)
        if row.district_id != district:
            note("compound", "compound_elsewhere", value=row.code)
        for field, of in FIELDS.items():
            known = getattr(row, of)
            if values[field] not in (None, known):
                known = "—" if known is None else known
                note(field, "compound_other", value=values[field], code=row.code, known=known)
        return row

    def put(self, row: CompoundRow | None) -> int | None:
        """The id of a good row's compound, which those after it may name too."""
        if row is not None and plain(row.code) not in self._by_code:
            self.fresh.append(row)
            self._know(row)
        return None if row is None else row.id

    def _know(self, row: CompoundRow) -> None:
        self._by_code[plain(row.code)] = row
        self._by_name.setdefault((row.district_id, plain(row.name_zh)), row)
