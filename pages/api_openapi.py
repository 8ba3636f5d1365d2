"""The OpenAPI 3.1 document of the REST API, made from the table of its routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pages.api_parameters import Parameter

NULLABLE_NUMBER = {"type": ["number", "null"]}
FIGURE = {
    "type": "object",
    "description": "A computed figure; value is null when it can't be told, reasons say why.",
    "required": ["value", "unit", "formula", "coverage", "quality", "reasons", "low", "high"],
    "properties": {
        "value": NULLABLE_NUMBER,
        "unit": {"type": "string"},
        "formula": {"type": "string"},
        "coverage": {"type": "number", "minimum": 0, "maximum": 1},
        "quality": {"type": "string", "enum": ["GOOD", "ESTIMATED", "UNCERTAIN", "BAD"]},
        "reasons": {"type": "array", "items": {"type": "string"}},
        "low": NULLABLE_NUMBER,
        "high": NULLABLE_NUMBER,
        "version": {"type": "integer", "description": "Counts up with corrections below it."},
    },
}
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string", "description": "A plain sentence."},
        "parameter": {"type": "string", "description": "The parameter that can't be used."},
    },
}
ERRORS = {
    "400": "A parameter can't be used; `parameter` names it.",
    "401": "No session and no valid token.",
    "403": "The role may not see this.",
    "404": "No such thing within the person's district.",
}


@dataclass(frozen=True)
class Route:
    """One path under /api/v1. `function` is the name of what answers; `answer` its schema."""

    path: str
    function: str
    summary: str
    answer: dict[str, Any]
    parameters: tuple[Parameter, ...] = ()
    csv: bool = False


def listed(item: dict[str, Any]) -> dict[str, Any]:
    """Schema of a page of a list."""
    return {
        "type": "object",
        "required": ["items", "total", "limit", "offset", "next"],
        "properties": {
            "items": {"type": "array", "items": item},
            "total": {"type": "integer"},
            "limit": {"type": "integer"},
            "offset": {"type": "integer"},
            "next": {"type": ["integer", "null"], "description": "Offset of the next page."},
        },
    }


def document(routes: Sequence[Route], base: str) -> dict[str, Any]:
    """The whole description; every route of the code stands in it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pumphouse",
            "version": "1",
            "description": "Read only. A token acts for its person: role and district hold. "
            "Days are local days of the site, times without a zone are the site's.",
        },
        "servers": [{"url": base}],
        "security": [{"token": []}, {"session": []}],
        "paths": {route.path: {"get": _operation(route)} for route in routes},
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "pumphouse"},
            },
            "schemas": {"Figure": FIGURE, "Error": ERROR},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": route.answer}}
    if route.csv:
        content = {"text/csv": {"schema": {"type": "string"}}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    answers: dict[str, Any] = {"200": {"description": route.summary, "content": content}}
    for status, words in ERRORS.items():
        answers[status] = {"description": words, "content": error}
    return {
        "operationId": route.function,
        "summary": route.summary,
        "parameters": [_parameter(p) for p in route.parameters],
        "responses": answers,
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": parameter.name,
        "in": "path" if parameter.path else "query",
        "required": parameter.path or parameter.required,
        "description": parameter.description,
        "schema": parameter.schema(),
    }
    if parameter.many:
        told |= {"style": "form", "explode": False}
    return told
