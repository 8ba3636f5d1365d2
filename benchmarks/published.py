"""Data that others published: measured against here, never copied into the project."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def others_data() -> Path:
    """Folder of data of others: `PUMPHOUSE_TEST_DATA`, or one beside the project. What isn't there
    is skipped by whoever wants it."""
    return Path(os.environ.get("PUMPHOUSE_TEST_DATA", ROOT.parent / "shared" / "data"))
