"""What the ledger keeps of a thing whose tag or name changed, as the thing's own room says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from mes.identity.things import Thing

Facts = Callable[[Session, Thing], Mapping[str, Any]]
_facts: dict[str, Facts] = {}


def tells_facts(kind: str) -> Callable[[Facts], Facts]:
    """Register what a room knows of a kind of thing, as it stands under `elements` in its own events."""

    def register(facts: Facts) -> Facts:
        _facts[kind] = facts
        return facts

    return register


def facts_of(session: Session, thing: Thing) -> Mapping[str, Any] | None:
    """The facts its room tells of a thing; None for kinds that are not elements of the ledger."""
    found = _facts.get(thing.kind)
    return found(session, thing) if found else None


def thing_facts(thing: Thing) -> dict[str, Any]:
    """What any event keeps of a thing: what it is called and its identity."""
    return {"subject": thing.subject, "number": thing.number, "kind": thing.kind, "identity": thing.identity}
