"""What every answer says to the browser about safety: no script, style or picture but ours."""

from __future__ import annotations

from dash import Dash
from flask import Response, request

from pages.gate import OPEN


def add(app: Dash, response: Response) -> Response:
    """What a browser may load and where: nothing but ours. The hashes of Dash's own inline
    scripts are known only once it has made its first page, so they are read here."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if response.mimetype != "text/html":
        return response
    inline = () if request.path in OPEN else app.csp_hashes()
    scripts = " ".join(("'self'", *inline))
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self'; "
        "font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )
    return response
