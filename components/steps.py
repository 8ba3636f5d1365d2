"""Steps that a person takes with what is chosen: their form, their buttons, what comes of them.

The form and its buttons come and go with the details, so no callback has them as its inputs:
assets/lists.js puts the step and the form's fields into one store that always stands there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dash import html

from components.attributes import data
from components.ids import ident
from components.page import View


@dataclass(frozen=True)
class Step:
    """What came from the browser; nothing of it is trusted to be there or to be a text."""

    name: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, asked: Any) -> Step:
        if not isinstance(asked, dict) or not isinstance(asked.get("step"), str):
            return cls()
        return cls(asked["step"], asked)

    def field(self, name: str) -> str:
        """A field of the form, '' when it is empty or missing."""
        value = self.fields.get(name)
        return value.strip()[:LONGEST] if isinstance(value, str) else ""


LONGEST = 1000
"""Letters of a note that are kept."""


def steps_form(page: str, fields: Sequence[Any], buttons: Sequence[Any]) -> html.Div:
    """Fields above buttons; the page's store `PAGE-step` gets what is chosen."""
    row = html.Div(list(buttons), className="step-buttons")
    return html.Div([*fields, row], className="detail-steps", **data(into=ident(page, "step")))


def step_button(
    page: str,
    name: str,
    view: View,
    primary: bool = False,
    hotkey: str = "",
    disabled: bool = False,
) -> html.Button:
    """A button `PAGE-NAME` with the words `PAGE.do_NAME`; `hotkey` is one letter."""
    keys = [html.Kbd(hotkey.upper())] if hotkey else []
    return html.Button(
        [view.text(f"{page}.do_{name}"), *keys],
        id=ident(page, name),
        className="button primary" if primary else "button",
        type="button",
        disabled=disabled,
        **data(step=name, **({"hotkey": hotkey} if hotkey else {})),
    )


def note_field(page: str, view: View) -> html.Textarea:
    """A few words to go with the step."""
    words = view.text(f"{page}.note_placeholder")
    return html.Textarea(
        id=ident(page, "note"),
        name="note",
        className="field",
        rows=2,
        maxLength=LONGEST,
        placeholder=words,
        **{"aria-label": words},
    )


def choice_field(
    page: str, name: str, options: Sequence[tuple[str, str]], view: View
) -> html.Select:
    """One of `options` (value, words), none at first."""
    words = view.text(f"{page}.choose_{name}")
    listed = [html.Option(label, value=value) for value, label in options]
    return html.Select(
        [html.Option(words, value=""), *listed],
        id=ident(page, name),
        name=name,
        className="field",
        **{"aria-label": words},
    )
