"""Routes of background jobs: /api/jobs for the tray, /api/files/ID for a result.

A file is given to its person, or to an administrator, by name of its job only; never by path.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, send_file

from components.formats import day_clock
from components.page import View, current
from data.catalogue.words import words
from data.jobs import JobRow
from data.rights import NotFound, Refused
from data.stores import Stores


def blueprint(stores: Stores) -> Blueprint:
    """Routes of the tray and of the files."""
    routes = Blueprint("jobs", __name__)

    @routes.get("/api/jobs")
    def listed() -> Response:
        view = current()
        answer = jsonify({"jobs": [told(view, j) for j in stores.jobs.of(view.user, view.now)]})
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @routes.post("/api/jobs/seen")
    def seen() -> Response:
        stores.jobs.saw(current().user)
        return Response(status=204)

    @routes.post("/api/jobs/<int:id>/cancel")
    def cancel(id: int) -> Response:
        view = current()
        try:
            stores.jobs.cancel(view.user, id, view.now)
        except NotFound:
            return Response(status=404)
        except Refused:
            return Response(status=409)
        return Response(status=204)

    @routes.get("/api/files/<int:id>")
    def file(id: int) -> Response:
        return _file(stores, current(), id)

    @routes.after_app_request
    def audit(response: Response) -> Response:
        """One row for every file that a page has given away."""
        for name, rows in g.get("taken", ()):
            view = current()
            stores.audit.append(view.user.username, "export.file", name, view.now, rows=rows)
        return response

    return routes


def told(view: View, job: JobRow) -> dict[str, Any]:
    """A job as the tray shows it; `ran` is seconds since its start."""
    ended = job.finished_at
    ran = (view.now - job.started_at).total_seconds() if job.started_at else 0
    unit = "days" if job.kind == "table_export" else "rows"
    return {
        "id": job.id, "title": job.title, "state": job.state, "done": job.done, "total": job.total,
        "unit": unit, "ran": round(ran, 1), "cancel": job.cancel, "file": bool(job.file),
        "bytes": job.bytes, "seen": job.seen, "error": why(view, job.error),
        "ended": day_clock(ended, view.zone, view.now) if ended else "",
    }  # fmt: skip


def why(view: View, error: str) -> str:
    """The reason of a failure in words; one that has no words is shown as it is."""
    key, _, detail = error.partition(":")
    if f"jobs.failed.{key}" not in words(view.language):
        return error
    return view.text(f"jobs.failed.{key}", detail=detail)


def _file(stores: Stores, view: View, id: int) -> Response:
    try:
        job = stores.jobs.get(view.user, id)
    except NotFound:
        return Response(status=404)
    path = stores.files.path(job.file)
    if path is None:
        return Response(status=404)
    stores.audit.append(
        view.user.username, "export.job", str(id), view.now, file=job.download_name, rows=job.done
    )
    answer: Response = send_file(path, as_attachment=True, download_name=job.download_name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
