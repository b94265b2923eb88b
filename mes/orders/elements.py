"""Changing elements: `change_state` is the only place where an element's state is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.commands import Work
from mes.core.errors import NotFound, StaleVersion
from mes.core.text import N_, Text
from mes.ledger.models import LedgerEvent
from mes.ledger.service import record
from mes.orders import lifecycle
from mes.orders.models import Element


def element_subject(element: Element) -> str:
    """The element's name in the ledger."""
    return f"element:{element.serial}"


def element_facts(element: Element) -> dict[str, Any]:
    """Everything about an element that a later rendering of an event may need, as it is now."""
    kind, floor, project = element.component_type, element.floor, element.project
    return {
        "id": str(element.id),
        "serial": element.serial,
        "gtin": element.gtin,
        "digital_link": element.digital_link,
        "epc_hex": element.epc_hex,
        "type_code": kind.type_code,
        "type_revision": kind.revision,
        "family": kind.family,
        "type_name": kind.name,
        "length_mm": kind.length_mm,
        "width_mm": kind.width_mm,
        "thickness_mm": kind.thickness_mm,
        "volume_m3": kind.concrete_volume_m3,
        "weight_kg": kind.weight_kg,
        "concrete_grade": kind.concrete_grade,
        "project_code": project.code,
        "project_name": project.name,
        "building": floor.building.name,
        "floor": floor.name,
        "position": element.position,
        "mark": element.mark,
        "state": element.state,
    }


def load_element(session: Session, element_id: UUID, expected_version: int | None = None) -> Element:
    """An element for changing it.

    Raises:
        NotFound: no such element.
        StaleVersion: it is not at the version the caller saw.
    """
    element = session.get(Element, element_id, with_for_update=_lockable(session), populate_existing=True)
    if element is None:
        raise NotFound(Text(N_("There is no such element")))
    if expected_version is not None and element.version != expected_version:
        raise StaleVersion(
            Text(
                N_("Element %(serial)s was changed by somebody else in the meantime; look at it again"),
                {"serial": element.serial},
            )
        )
    return element


def load_elements(session: Session, element_ids: Iterable[UUID]) -> Sequence[Element]:
    """Elements for changing them together, in order of their serials.

    Raises:
        NotFound: one of them does not exist.
    """
    wanted = set(element_ids)
    query = select(Element).where(Element.id.in_(wanted)).order_by(Element.serial)
    query = query.execution_options(populate_existing=True)
    if _lockable(session):
        query = query.with_for_update()
    found = session.scalars(query).all()
    if len(found) != len(wanted):
        raise NotFound(Text(N_("There is no such element")))
    return found


def change_state(
    work: Work,
    elements: Sequence[Element],
    step: str,
    *,
    event_time: datetime,
    proofs: Iterable[str] = (),
    where: Mapping[str, Any] | None = None,
    how: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    further_subjects: Iterable[str] = (),
    reason: str | None = None,
    beside: Mapping[int, Mapping[str, Any]] | None = None,
) -> LedgerEvent:
    """Take elements one step further together, as one event of the ledger.

    Args:
        step: a step of `lifecycle.STEPS`.
        proofs: what the caller has proved (`Step.needs`), such as `certificate`.
        beside: further facts of single elements, by serial.
        reason: why the elements are put aside (hold, nonconformity); kept on the element while it is aside.

    Raises:
        TransitionRefused: one of the elements may not take the step; nothing is changed then.
    """
    proved = frozenset(proofs)
    after = [
        lifecycle.next_state(element.serial, element.state, element.aside_from, step, proved) for element in elements
    ]
    facts = []
    for element, state in zip(elements, after, strict=True):
        before = element.state
        _set_state(element, state, event_time, reason)
        facts.append({**element_facts(element), "state_before": before, **(beside or {}).get(element.serial, {})})
    work.session.flush()
    return record(
        work,
        lifecycle.STEPS[step].event_kind,
        [*map(element_subject, elements), *further_subjects],
        event_time=event_time,
        where=where,
        how=how,
        elements=facts,
        data={**(data or {}), **({"reason": reason} if reason else {})},
    )


def note(
    work: Work,
    kind: str,
    elements: Sequence[Element],
    *,
    event_time: datetime,
    where: Mapping[str, Any] | None = None,
    how: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    further_subjects: Iterable[str] = (),
) -> LedgerEvent:
    """Record something about elements that does not change their state (material placed, certificate issued …)."""
    for element in elements:
        element.facts = {**element.facts, kind: event_time.isoformat()}
    work.session.flush()
    return record(
        work,
        kind,
        [*map(element_subject, elements), *further_subjects],
        event_time=event_time,
        where=where,
        how=how,
        elements=[element_facts(element) for element in elements],
        data=data,
    )


def _set_state(element: Element, state: str, at: datetime, reason: str | None) -> None:
    put_aside = state in ("on_hold", "nonconforming") and element.state != state
    if put_aside:
        element.aside_from = element.state
    elif state not in lifecycle.ASIDE_STATES:
        element.aside_from = None
    element.hold_reason = reason if state in lifecycle.ASIDE_STATES else None
    element.state, element.state_since = state, at
    element.facts = {**element.facts, state: at.isoformat()}


def _lockable(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
