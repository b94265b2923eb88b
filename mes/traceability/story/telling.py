"""Telling an audience what it may know: each fact is told by one function, and only where the table allows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mes.traceability.story.policy import Policy, policy
from mes.traceability.story.records import Records

Teller = Callable[[Records], Any]
_tellers: dict[str, Teller] = {}

Told = Mapping[str, Any]
"""Facts by their name in the table; a fact that is not told, or of which nothing is known, is not in it."""


def tells(fact: str) -> Callable[[Teller], Teller]:
    """Register the one function that tells a fact. It returns None where nothing is known of it."""

    def register(teller: Teller) -> Teller:
        if fact in _tellers:
            raise ValueError(f"{fact} is told twice")
        _tellers[fact] = teller
        return teller

    return register


def tellers() -> Mapping[str, Teller]:
    """Every function that tells a fact."""
    return _tellers


def tell(records: Records, audience: str, table: Policy | None = None) -> Told:
    """What an audience is told of an element."""
    rows = table or policy()
    allowed = {fact: teller for fact, teller in _tellers.items() if rows.tells(fact, audience)}
    told = {fact: teller(records) for fact, teller in allowed.items()}
    return {fact: value for fact, value in told.items() if value is not None}
