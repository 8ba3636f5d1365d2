"""Everything that may be set from outside, read once from the environment.

Secrets come from the environment only. A demo city keeps its own in `VAR/demo.env`, which the
demo's first start writes (mode 0600).
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Settings of all three programs; each is `PUMPHOUSE_NAME` in the environment."""

    model_config = SettingsConfigDict(env_prefix="PUMPHOUSE_", extra="ignore")

    var: Path = ROOT / "data" / "var"
    """Home of journal, lake, live snapshot and, by default, the database."""
    database_url: str = ""
    """SQLAlchemy URL of the records; empty = SQLite in `var`."""
    host: str = "127.0.0.1"
    port: int = Field(8050, ge=1, le=65535)
    workers: int = Field(2, ge=1)
    session_key: SecretStr = SecretStr("")
    secure_cookies: bool = False
    """True behind TLS: the session cookie is then sent over https only."""
    site_zone: str = "Asia/Shanghai"
    """Zone in which a day, a tariff and a shift begin."""
    utility_zh: str = "澄湾水务"
    utility_en: str = "Chengwan Water"

    map_file: Path | None = None
    """The utility's own base map, GeoJSON (docs/architecture.md); empty = that of the demo city."""

    stations: int = Field(2100, ge=1, le=20000)
    """Stations of the demo city."""
    seed: int = 1
    modbus_port: int = Field(5020, ge=1, le=65535)

    poll_seconds: float = Field(2.0, gt=0)
    slow_seconds: float = Field(60.0, gt=0)
    timeout_seconds: float = Field(1.5, gt=0)
    flush_seconds: float = Field(300.0, gt=0)
    """Age at which a journal segment becomes Parquet."""
    retire_seconds: float = Field(120.0, ge=0)
    """Grace before a retired file of the lake is unlinked."""
    raw_days: int = Field(30, ge=1)
    minute_days: int = Field(90, ge=1)
    files_folder: Path | None = None
    """Where results of background jobs wait; empty = `files` in `var`."""
    file_days: int = Field(7, ge=1)
    """Days that a result waits for its person."""
    channel_schemes: tuple[str, ...] = (
        "mailto", "mailtos", "dingtalk", "wecombot", "feishu", "jsons",
    )  # fmt: skip
    """URL schemes (apprise) that an administrator may set a channel up with."""
    channel_secrets: dict[str, SecretStr] = {}
    """What {secret:NAME} in a channel's URL stands for."""
    public_url: str = ""
    """Where people reach the cockpit, for links in messages; empty = messages hold none."""
    log_level: str = "INFO"
    log_json: bool = False
    """JSON lines for machines instead of lines for people."""
    ack_log: Path | None = None
    """For tests: a file that gets `station block ms` of every frame that is safe on disk."""

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site_zone)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.var / 'pumphouse.db'}"

    @property
    def lake(self) -> Path:
        return self.var / "lake"

    @property
    def files(self) -> Path:
        return self.files_folder or self.var / "files"

    @property
    def journal(self) -> Path:
        return self.var / "journal"

    @property
    def live(self) -> Path:
        """The live snapshot, an Arrow IPC file renamed into place."""
        return self.var / "live.arrow"

    @property
    def demo_file(self) -> Path:
        return self.var / "demo.env"


def load() -> Settings:
    """Settings from the environment, then from the demo city's own file where one exists."""
    var = Path(os.environ.get("PUMPHOUSE_VAR", ROOT / "data" / "var"))
    return Settings(_env_file=var / "demo.env")
