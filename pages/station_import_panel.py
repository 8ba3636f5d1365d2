"""Stations from a file, in the page: who may, what came in, why a row was refused."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

from components.import_panel import Refusal, import_panel, import_report
from components.page import View
from data.catalogue.station_columns import station_columns
from data.rights import allowed, require
from data.stores import Stores

RIGHT = "stations.import"


def panel_for(view: View) -> Any:
    """The panel, for those who may import; else nothing."""
    if not allowed(view.user, RIGHT):
        return None
    wanted = [c.name(view.language) for c in station_columns().values() if c.required]
    columns = ("、" if view.language == "zh" else ", ").join(wanted)
    return import_panel(view, "stations", view.text("import.columns", columns=columns))


def take_in(stores: Stores, view: View, content: str | None, name: str | None) -> Any:
    """Import a file that the browser sent (a data URL); the report. Raises Forbidden."""
    require(view.user, RIGHT)
    _, _, body = (content or "").partition(",")
    try:
        file = io.BytesIO(base64.b64decode(body, validate=True))
    except binascii.Error:
        file = io.BytesIO(b"")
    report = stores.stations.import_table(file, name or "", view.user.username, view.now)
    known = {column.code: column.name(view.language) for column in station_columns().values()}

    def words(reason: str, values: Any) -> str:
        told = dict(values)
        if "columns" in told:  # codes of columns, as people know them
            codes = str(told["columns"]).split(", ")
            between = "、" if view.language == "zh" else ", "
            told["columns"] = between.join(known.get(code, code) for code in codes)
        return view.text(f"import.{reason}", **told)

    refused = [
        Refusal(row.row, known.get(row.field, row.field), words(row.reason, row.values))
        for row in report.refused
    ]
    return import_report(view, len(report.added), refused)
