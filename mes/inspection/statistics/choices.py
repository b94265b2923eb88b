"""What can be chosen in the filter bar, as far as the reader may see it."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.inspection.statistics.shifts import Shifts
from mes.library.models import ComponentType, Mould
from mes.orders.models import Element, Project
from mes.planning.models import Line, Operation


@dataclass(frozen=True)
class Choices:
    """Codes, each with a name where it has one."""

    families: list[str]
    types: list[str]
    moulds: list[str]
    crews: list[str]
    lines: list[tuple[str, str]]
    shifts: list[str]
    projects: list[tuple[str, str]]


def choices(session: Session, actor: Actor, zone: ZoneInfo) -> Choices:
    """Families and types that elements are ordered of, and everything else that tells elements apart."""
    ordered = select(Element.component_type_id)
    projects = select(Project.code, Project.name).order_by(Project.code)
    if actor.project_ids is not None:
        ordered = ordered.where(Element.project_id.in_(actor.project_ids))
        projects = projects.where(Project.id.in_(actor.project_ids))
    types = session.execute(
        select(ComponentType.family, ComponentType.type_code).where(ComponentType.id.in_(ordered)).distinct()
    ).all()
    return Choices(
        families=sorted({family for family, _ in types}),
        types=sorted({code for _, code in types}),
        moulds=list(session.scalars(select(Mould.code).order_by(Mould.code))),
        crews=list(
            session.scalars(select(Operation.crew).where(Operation.crew != "").distinct().order_by(Operation.crew))
        ),
        lines=[(code, name) for code, name in session.execute(select(Line.code, Line.name).order_by(Line.code))],
        shifts=Shifts(session, zone).codes(),
        projects=[(code, name) for code, name in session.execute(projects)],
    )
