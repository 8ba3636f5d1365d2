"""A text of a catalogue row in both languages."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Text(BaseModel):
    """One text, Chinese and English."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def text(self, lang: str) -> str:
        """The text in `lang`: English for 'en', Chinese for anything else."""
        return self.en if lang == "en" else self.zh
