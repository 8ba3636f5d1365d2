"""Every route of the REST API: path, what it takes, what it tells."""

from __future__ import annotations

from data.catalogue.points import station_types
from data.work_order_rows import OPEN
from pages.api_openapi import NULLABLE_NUMBER, Route, listed
from pages.api_parameters import Parameter
from pages.desk_groups import BY

BASE = "/api/v1"
OBJECT = {"type": "object"}
FIGURE = {"$ref": "#/components/schemas/Figure"}
LIMIT = Parameter("limit", "integer", "Items of a page.", default=200, low=1)
OFFSET = Parameter("offset", "integer", "Items before the page.", default=0, high=10_000_000)
PAGING = (LIMIT, OFFSET)
DISTRICT = Parameter("district", "text", "Code of a district.")
TYPE = Parameter("type", "choice", "Type of station.", choices=tuple(station_types()))
STATION = Parameter("station", "text", "Codes of stations.", many=True)
COMPOUND = Parameter("compound", "text", "Code of a compound.")
PLACES = (DISTRICT, COMPOUND, TYPE, STATION)
SPAN = (
    Parameter("from", "date", "First local day; a week up to `to` when left out."),
    Parameter("to", "date", "Last local day, included; today when left out."),
)
CODE = Parameter("code", "text", "Code of the indicator.", path=True)
STATES = (*OPEN, "closed", "cancelled")
POINT = Parameter("point", "text", "Codes of points.", many=True, required=True)
TIMES = (
    Parameter("start", "time", "First moment.", required=True),
    Parameter("end", "time", "Moment after the last.", required=True),
)
STATION_ITEM = {
    "type": "object",
    "properties": {
        "code": {"type": "string"},
        "name_zh": {"type": "string"},
        "name_en": {"type": "string"},
        "district": {"type": ["string", "null"]},
        "compound": {"type": ["string", "null"]},
        "type": {"type": "string"},
        "households": {"type": "integer"},
        "latitude": NULLABLE_NUMBER,
        "longitude": NULLABLE_NUMBER,
    },
}
VALUE_ITEM = {
    "type": "object",
    "description": "One group with its value; without `by` one item with the whole figure.",
    "properties": {
        "district": {"type": ["string", "null"]},
        "station": {"type": ["string", "null"]},
        "type": {"type": "string"},
        "day": {"type": "string", "format": "date"},
        "month": {"type": "string", "format": "date"},
        "value": NULLABLE_NUMBER,
        "coverage": NULLABLE_NUMBER,
        "low": NULLABLE_NUMBER,
        "high": NULLABLE_NUMBER,
        "unit": {"type": "string"},
        "figure": FIGURE,
    },
}
SERIES = {
    "type": "object",
    "required": ["station", "grain", "columns"],
    "properties": {
        "station": {"type": "string"},
        "grain": {"type": "string"},
        "columns": {"type": "object", "additionalProperties": {"type": "array", "items": {}}},
    },
}
EXPLAINED = {
    "type": "object",
    "required": ["code", "definition", "version", "figure", "columns", "rows", "query", "files"],
    "properties": {
        "code": {"type": "string"},
        "definition": {"type": "string"},
        "version": {"type": "integer"},
        "figure": FIGURE,
        "columns": {"type": "array", "items": {"type": "string"}},
        "rows": {"type": "array", "items": {"type": "array", "items": {}}},
        "total": {"type": "integer"},
        "query": {"type": "string", "description": "For DuckDB, run in the folder of the lake."},
        "files": {"type": "array", "items": {"type": "string"}},
    },
}

ROUTES: tuple[Route, ...] = (
    Route("/openapi.json", "openapi", "This description.", OBJECT),
    Route("/stations", "stations", "Stations in use.", listed(STATION_ITEM),
          (*PLACES, *PAGING)),
    Route("/stations/{code}/series", "series", "Values of points of one station.", SERIES,
          (Parameter("code", "text", "Code of the station.", path=True), POINT, *TIMES,
           Parameter("points", "integer", "Values a point at most.", default=1500, low=10,
                     high=20_000))),
    Route("/indicators", "indicators", "Indicators that the role may see.", listed(OBJECT),
          PAGING),
    Route("/indicators/{code}/values", "indicator_values", "An indicator by period and place.",
          listed(VALUE_ITEM),
          (CODE, *SPAN, *PLACES,
           Parameter("by", "choice", "Groups, in their order.", choices=BY, many=True),
           *PAGING)),
    Route("/indicators/{code}/explain", "explain", "What an indicator stands on.", EXPLAINED,
          (CODE, *SPAN, *PLACES)),
    Route("/indicators/{code}/rows.csv", "explain_rows", "All rows that it stands on.", OBJECT,
          (CODE, *SPAN, *PLACES), csv=True),
    Route("/facts", "facts", "Facts of stations by day.", listed(OBJECT),
          (*SPAN, *PLACES, *PAGING)),
    Route("/alarms", "alarms", "Alarms that became active in a span, or are open.",
          listed(OBJECT),
          (*SPAN, *PLACES, Parameter("open", "flag", "Only those that are open now.",
                                     default=False), *PAGING)),
    Route("/work-orders", "work_orders", "Work orders, the most urgent first.", listed(OBJECT),
          (Parameter("state", "choice", "States.", choices=STATES, many=True), *PLACES,
           *PAGING)),
)  # fmt: skip
"""In the order of the document."""
