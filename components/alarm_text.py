"""What an alarm says in a list: the words of its rule and its place."""

from __future__ import annotations


def alarm_words(rule: str, place: str, lang: str) -> str:
    """One line for a list, e.g. `2#泵 故障`."""
    return f"{rule} {place}".strip()
