"""Reading nonconformities: lists with filters, what stands on a page, whose files they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.files import knows_projects
from mes.inspection.models import Nonconformity
from mes.inspection.nonconformities.schemas import NonconformityFilter
from mes.inspection.nonconformities.stopping import MADE_GOOD
from mes.ledger.models import LedgerEvent
from mes.ledger.queries import events_of
from mes.orders.elements import element_subject
from mes.orders.models import Element, Project
from mes.planning.models import Line, PalletLoad, PalletLoadItem

STORY_KINDS = frozenset(
    {
        "element.nonconformity_reported",
        "element.nonconformity_analysed",
        "element.final_refused",
        "element.returned",
        "element.rework_ordered",
        "element.repair_ordered",
        "element.concession_granted",
        "element.scrapped",
        "element.replaced",
        "element.finished",
        "element.hidden_works_accepted",
        "element.final_accepted",
        "element.certificate_withdrawn",
        "element.certificate_suspended",
        "element.sent_back",
        "element.certified",
        "delivery.unloaded",
    }
)
"""What of an element's life belongs to the story of a nonconformity."""


@dataclass(frozen=True)
class Listed:
    """A row of the list: the nonconformity, the line it comes from, and its stage."""

    row: Nonconformity
    line: str

    @property
    def stage(self) -> str:
        """undecided, awaiting re-inspection, or settled."""
        return stage_of(self.row)

    @property
    def ended_at(self) -> datetime | None:
        """When it was settled; None while it is open."""
        if self.stage != "settled":
            return None
        return self.row.reinspection.inspected_at if self.row.reinspection else self.row.disposed_at


NEVER_INSPECTED = ("scrapped",)
"""States in which nothing proves a repair any more: what was repaired and scrapped later is settled."""


def stage_of(row: Nonconformity) -> str:
    """undecided, awaiting (the inspection that proves it made good), or settled."""
    if row.disposition is None:
        return "undecided"
    is_open = row.disposition in MADE_GOOD and row.reinspection_id is None and row.element.state not in NEVER_INSPECTED
    return "awaiting" if is_open else "settled"


def _awaiting() -> ColumnElement[bool]:
    return and_(
        Nonconformity.disposition.in_(MADE_GOOD),
        Nonconformity.reinspection_id.is_(None),
        Element.state.not_in(NEVER_INSPECTED),
    )


def _of_stage(stage: str) -> ColumnElement[bool]:
    undecided = Nonconformity.disposition.is_(None)
    return {"undecided": undecided, "awaiting": _awaiting(), "settled": ~or_(undecided, _awaiting())}[stage]


def filtered(actor: Actor, wanted: NonconformityFilter, zone: ZoneInfo) -> Select[Nonconformity]:
    """The nonconformities that a filter lets through, of the projects that the actor may see."""
    query = select(Nonconformity).join(Element, Element.id == Nonconformity.element_id)
    if actor.project_ids is not None:
        query = query.where(Element.project_id.in_(actor.project_ids))
    if wanted.stage is not None:
        query = query.where(_of_stage(wanted.stage))
    if wanted.open is not None:
        settled = _of_stage("settled")
        query = query.where(~settled if wanted.open else settled)
    for column, value in (
        (Nonconformity.kind, wanted.kind),
        (Nonconformity.severity, wanted.severity),
        (Nonconformity.cause, wanted.cause),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.project is not None:
        query = query.join(Project, Project.id == Element.project_id).where(Project.code == wanted.project)
    if wanted.line is not None:
        query = query.where(Nonconformity.element_id.in_(_made_on(wanted.line)))
    if wanted.from_day is not None:
        query = query.where(Nonconformity.reported_at >= _begin(wanted.from_day, zone))
    if wanted.to_day is not None:
        query = query.where(Nonconformity.reported_at < _begin(wanted.to_day, zone) + timedelta(days=1))
    return query


def _made_on(line_code: str) -> Select[UUID]:
    return (
        select(PalletLoadItem.element_id)
        .join(PalletLoad, PalletLoad.id == PalletLoadItem.load_id)
        .join(Line, Line.id == PalletLoad.line_id)
        .where(Line.code == line_code, PalletLoad.state != "withdrawn")
    )


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def list_page(
    session: Session, query: Select[Nonconformity], page: int, page_size: int
) -> tuple[Sequence[Listed], int]:
    """A page of the list, newest first, and how many there are in all."""
    ordered = query.order_by(Nonconformity.reported_at.desc(), Nonconformity.number.desc())
    rows = session.scalars(ordered.offset((page - 1) * page_size).limit(page_size)).all()
    lines = lines_of(session, [row.element_id for row in rows])
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return [Listed(row, lines.get(row.element_id, "")) for row in rows], total


def lines_of(session: Session, element_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The name of the line each element is or was made on, by the load that came last."""
    query = (
        select(PalletLoadItem.element_id, Line.name)
        .join(PalletLoad, PalletLoad.id == PalletLoadItem.load_id)
        .join(Line, Line.id == PalletLoad.line_id)
        .where(PalletLoadItem.element_id.in_(element_ids), PalletLoad.state != "withdrawn")
        .order_by(PalletLoad.number)
    )
    return {row.element_id: row.name for row in session.execute(query)}


def choices(session: Session, actor: Actor) -> dict[str, list[tuple[str, str]]]:
    """Projects and lines to filter by, as (code, name)."""
    projects = select(Project.code, Project.name).order_by(Project.code)
    if actor.project_ids is not None:
        projects = projects.where(Project.id.in_(actor.project_ids))
    lines = select(Line.code, Line.name).order_by(Line.code)
    return {
        "projects": [(code, name) for code, name in session.execute(projects)],
        "lines": [(code, name) for code, name in session.execute(lines)],
    }


def story_of(session: Session, row: Nonconformity) -> list[LedgerEvent]:
    """What the ledger says about the element from the report on, until it is settled; the newest last."""
    told = [event for event in events_of(session, element_subject(row.element)) if event.kind in STORY_KINDS]
    first = next((n for n, event in enumerate(told) if _names(event, row.number)), len(told))
    story: list[LedgerEvent] = []
    for event in told[first:]:
        number = _number_of(event)
        if number in ("", row.number):
            story.append(event)
    return story


def _number_of(event: LedgerEvent) -> str:
    """The nonconformity that an event speaks of; a decision counts for all, so it names none in particular."""
    if event.kind in ("element.nonconformity_reported", "element.nonconformity_analysed", "element.final_refused"):
        return str((event.content["data"].get("nonconformity") or {}).get("number", ""))
    return ""


def _names(event: LedgerEvent, number: str) -> bool:
    data: Mapping[str, Any] = event.content["data"]
    named = data.get("nonconformity")
    return number in (named.get("number") if isinstance(named, Mapping) else named, data.get("reason"))


def replaceable(session: Session, row: Nonconformity) -> bool:
    """Whether the element was scrapped and nothing is ordered for its place."""
    if row.element.state != "scrapped":
        return False
    return session.scalars(select(Element.id).where(Element.replaces_id == row.element_id).limit(1)).first() is None


@knows_projects
def projects_of_nonconformity_file(session: Session, sha256: str) -> set[UUID]:
    """The projects whose nonconformities a photo or a letter belongs to."""
    query = (
        select(Element.project_id)
        .join(Nonconformity, Nonconformity.element_id == Element.id)
        .where(
            or_(
                Nonconformity.designer_consent_sha256 == sha256,
                cast(Nonconformity.photos, String).contains(sha256, autoescape=True),
            )
        )
    )
    return set(session.scalars(query))
