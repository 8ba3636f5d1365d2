"""Committed facts, TOML with one checked loader each: points, station types, profiles, rules ...

Every loader raises `CatalogueError`, which names file, row and field.
"""

from data.catalogue.errors import CatalogueError
from data.catalogue.points import Column, Layout, Point, columns, point, points, universe

__all__ = ["CatalogueError", "Column", "Layout", "Point", "columns", "point", "points", "universe"]
