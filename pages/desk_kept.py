"""What is kept of the query layer: see pages/kept.py."""

from __future__ import annotations

from pages.kept import Kept

__all__ = ["Kept"]
