"""What waits for a supervisor: hidden works first, the oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, String, cast, func, select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.files import knows_projects
from mes.inspection.models import Inspection, Witnessing
from mes.inspection.policy import Demand, policy_in_force
from mes.inspection.strength import load_of
from mes.orders.models import Element
from mes.planning.models import PalletLoad

MOST_SHOWN = 60
LEFT = ("scrapped", "rejected_at_site", "installed")
"""States in which nobody needs a supervisor's verdict any more."""


@dataclass(frozen=True)
class WaitingForWitness:
    """An accepted inspection without a supervisor's verdict; `holds_up` says that casting waits for it."""

    inspection: Inspection
    load: PalletLoad | None
    holds_up: bool


@dataclass(frozen=True)
class SupervisorsList:
    """What waits, and how many there are of each kind."""

    hidden_works: list[WaitingForWitness]
    others: list[WaitingForWitness]
    hidden_works_count: int
    other_count: int


def waiting_for_witness(session: Session, actor: Actor) -> SupervisorsList:
    """Accepted inspections of this supervisor's projects that nobody has witnessed, the oldest first."""
    required = policy_in_force(session).witness is Demand.REQUIRED
    hidden, others = _waiting(actor, hidden=True), _waiting(actor, hidden=False)
    return SupervisorsList(
        hidden_works=_rows(session, hidden, required=required),
        others=_rows(session, others, required=False),
        hidden_works_count=_count(session, hidden),
        other_count=_count(session, others),
    )


def next_waiting(session: Session, actor: Actor) -> Inspection | None:
    """The inspection to look at next."""
    for hidden in (True, False):
        found = session.scalars(_in_order(_waiting(actor, hidden=hidden)).limit(1)).first()
        if found is not None:
            return found
    return None


def _waiting(actor: Actor, *, hidden: bool) -> Select[Inspection]:
    """Hidden works wait while the element is ready to cast; once cast, they are among the others."""
    answered = select(Witnessing.inspection_id)
    due = (Inspection.kind == "hidden_works") & (Element.state == "ready_to_cast")
    query = (
        select(Inspection)
        .join(Element, Element.id == Inspection.element_id)
        .where(
            Inspection.verdict == "accepted",
            Inspection.witnessed_at.is_(None),
            Inspection.id.not_in(answered),
            Element.state.not_in(LEFT),
            due if hidden else ~due,
        )
    )
    if actor.project_ids is not None:
        query = query.where(Element.project_id.in_(actor.project_ids))
    return query


def _in_order(query: Select[Inspection]) -> Select[Inspection]:
    return query.order_by(Inspection.inspected_at, Inspection.id)


def _rows(session: Session, query: Select[Inspection], *, required: bool) -> list[WaitingForWitness]:
    found: Sequence[Inspection] = session.scalars(_in_order(query).limit(MOST_SHOWN)).all()
    return [WaitingForWitness(one, load_of(session, one.element_id), required) for one in found]


def _count(session: Session, query: Select[Inspection]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


@knows_projects
def projects_of_witness_photo(session: Session, sha256: str) -> set[UUID]:
    """The projects whose elements a supervisor's photo shows."""
    query = (
        select(Element.project_id)
        .join(Inspection, Inspection.element_id == Element.id)
        .join(Witnessing, Witnessing.inspection_id == Inspection.id)
        .where(cast(Witnessing.photos, String).contains(sha256, autoescape=True))
    )
    return set(session.scalars(query))
