"""CO₂ of electricity by region and year. M12 in docs/methods.md."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from data.catalogue.errors import FOLDER, CatalogueError, read, rows

FILE = FOLDER / "emission_factors.toml"


class EmissionFactor(BaseModel):
    """What one authority published for one year, kg CO₂ per kWh."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    region: str = Field(pattern=r"^[a-z_]+$")
    year: int = Field(ge=1990, le=2100)
    factor: float = Field(gt=0, lt=2)
    source: str = Field(min_length=1)


@lru_cache
def emission_factors(file: Path = FILE) -> dict[str, dict[int, EmissionFactor]]:
    """All factors by region, then year. Raises CatalogueError."""
    raw = read(file).get("factors", [])
    found: dict[str, dict[int, EmissionFactor]] = {}
    for row in rows(file, raw, EmissionFactor, lambda row: f"{row.region} {row.year}").values():
        found.setdefault(row.region, {})[row.year] = row
    if default_region(file) not in found:
        raise CatalogueError(file, "-", "default", f"no region '{default_region(file)}'")
    return found


@lru_cache
def default_region(file: Path = FILE) -> str:
    return str(read(file).get("default", ""))
