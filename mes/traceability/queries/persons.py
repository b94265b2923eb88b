"""Whose names no page about delivery shows to those who only look: people of the plant, drivers, and those whom a
connector's settings name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.models import Person
from mes.accounts.permissions import ROLE_NAMES
from mes.core.errors import MesError
from mes.logistics.models import Delivery
from mes.traceability.models import Connector
from mes.traceability.platforms import kind_named
from mes.traceability.platforms.masking import Masker

FROM_VALUES = "values."


def masker_of_names(session: Session) -> Masker:
    """Hides the names of people, beside identity card and telephone numbers."""
    people = session.scalars(select(Person.name)).all()
    drivers = session.scalars(select(Delivery.driver_name).distinct()).all()
    named = [name for row in session.scalars(select(Connector)) for name in _named_by(row)]
    return Masker(name for name in {*people, *drivers, *named} if name not in ROLE_NAMES)


def without_names(told: Any, masker: Masker) -> Any:
    """The same, each text in it without names."""
    if isinstance(told, str):
        return masker.text(told)
    if isinstance(told, dict):
        return {name: without_names(value, masker) for name, value in told.items()}
    return [without_names(value, masker) for value in told] if isinstance(told, list) else told


def _named_by(row: Connector) -> Iterator[str]:
    """Values of a connector that its city's file sends as somebody's name."""
    given = row.settings.get("values") or {}
    if not given:
        return
    try:
        teller = kind_named(row.kind).read_settings(row.settings).declared
    except MesError:
        yield from map(str, given.values())  # a file that can no longer be read: nothing of it is shown
        return
    for told in teller.told.values():
        for rule in (below for each in teller.rules_of(told) for below in each.all_below):
            for path in rule.source or () if rule.personal is not None else ():
                if path.startswith(FROM_VALUES) and given.get(path.removeprefix(FROM_VALUES)):
                    yield str(given[path.removeprefix(FROM_VALUES)])
