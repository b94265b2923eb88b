"""Shapes of planning's API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from mes.core.ids import new_id
from mes.core.paging import Page, PageQuery
from mes.core.text import Text
from mes.planning.models import Line, PalletLoad, PlanVersion, ProductionHead, Station
from mes.planning.plan_reasons import LoadReasons
from scheduling import Kpis
from scheduling.kpis import (
    DeliveryKpis,
    LineKpis,
    OccupancyKpis,
    OvertimeKpis,
    ResourceKpis,
    StationKpis,
    StorageKpis,
)


class StationShape(BaseModel):
    """A station of a line; `device` is its machine's name at the gateway."""

    line: str
    ordinal: int
    code: str
    kind: str
    name: str
    work: str
    calendar: str | None
    capacity: int
    buffer_after: int
    order: str
    device: str | None

    @classmethod
    def of(cls, line: Line, station: Station) -> StationShape:
        """A station as the API shows it."""
        return cls(
            line=line.code,
            ordinal=station.ordinal,
            code=station.code,
            kind=station.kind,
            name=station.name,
            work=station.work,
            calendar=station.calendar.code if station.calendar else None,
            capacity=station.capacity,
            buffer_after=station.buffer_after,
            order=station.pallet_order,
            device=station.device,
        )


class LineShape(BaseModel):
    """A production line; lengths in mm, weight in kg."""

    id: UUID
    code: str
    name: str
    families: list[str]
    pallet_length_mm: int
    pallet_width_mm: int
    pallet_max_load_kg: int
    free_pallets: list[int]
    stations: list[StationShape]


class LineList(BaseModel):
    """Every line."""

    items: list[LineShape]


class StationList(BaseModel):
    """Every station, line by line."""

    items: list[StationShape]


class PlanShape(BaseModel):
    """A plan version; `epoch` is minute 0 of its documents."""

    number: int
    state: str
    created_at: AwareDatetime
    created_by: str
    published_at: AwareDatetime | None
    epoch: AwareDatetime
    job_id: UUID | None
    note: str
    status: str | None
    objective: dict[str, int] | None

    @classmethod
    def of(cls, version: PlanVersion) -> PlanShape:
        """A plan version as the API shows it."""
        plan = version.plan or {}
        return cls(
            number=version.number,
            state=version.state,
            created_at=version.created_at,
            created_by=version.created_by,
            published_at=version.published_at,
            epoch=version.epoch,
            job_id=version.job_id,
            note=version.note,
            status=plan.get("status"),
            objective=plan.get("objective"),
        )


class PlanPageShape(Page[PlanShape]):
    """Plan versions by number."""


class NumberPath(BaseModel):
    """A plan or load by its number."""

    number: int = Field(ge=1)


class LinePath(BaseModel):
    """A line by its code."""

    code: str = Field(max_length=20)


class CommandBody(BaseModel):
    """The id that the client gives its command; a repeat changes nothing."""

    command_id: UUID = Field(default_factory=new_id)


class LoadQuery(PageQuery):
    """Loads of a line, in a state."""

    line: str | None = Field(None, max_length=20)
    state: Literal["waiting", "running", "done", "withdrawn"] | None = None


class LoadItemShape(BaseModel):
    """An element's place on the pallet, mm from its corner."""

    serial: int
    element_id: UUID
    type_code: str
    x_mm: int
    y_mm: int
    rotated: bool


class OperationShape(BaseModel):
    """A load's work at a station, planned and actual."""

    station: str
    state: str
    planned_start: AwareDatetime
    planned_end: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None


class LoadShape(BaseModel):
    """A pallet load."""

    number: int
    line: str
    sequence: int
    state: str
    pallet: int | None
    concrete_grade: str
    planned_enter: AwareDatetime
    planned_leave: AwareDatetime
    version: int
    items: list[LoadItemShape]
    operations: list[OperationShape]

    @classmethod
    def of(cls, load: PalletLoad) -> LoadShape:
        """A load as the API shows it."""
        facts: dict[str, Any] = {
            name: getattr(load, name)
            for name in (
                "number",
                "sequence",
                "state",
                "concrete_grade",
                "planned_enter",
                "planned_leave",
                "version",
            )
        }
        items = [
            LoadItemShape(
                serial=item.element.serial,
                element_id=item.element_id,
                type_code=item.element.component_type.type_code,
                x_mm=item.x_mm,
                y_mm=item.y_mm,
                rotated=item.rotated,
            )
            for item in load.items
        ]
        operations = [
            OperationShape(
                station=operation.station.code,
                state=operation.state,
                planned_start=operation.planned_start,
                planned_end=operation.planned_end,
                started_at=operation.started_at,
                finished_at=operation.finished_at,
            )
            for operation in load.operations
        ]
        pallet = load.pallet.number if load.pallet else None
        return cls(line=load.line.code, pallet=pallet, items=items, operations=operations, **facts)


class LoadPageShape(Page[LoadShape]):
    """Loads by number."""


class LoadOfPlanPath(NumberPath):
    """A load of a plan version by its job in the plan's documents."""

    job: str = Field(max_length=80)


class FiguresShape(BaseModel):
    """The figures of a plan version; times are minutes after `epoch`, durations minutes."""

    epoch: AwareDatetime
    jobs: int
    unscheduled: int
    last_done: int | None
    deliveries: tuple[DeliveryKpis, ...]
    storage: StorageKpis
    lines: tuple[LineKpis, ...]
    stations: tuple[StationKpis, ...]
    occupancy: tuple[OccupancyKpis, ...]
    resources: tuple[ResourceKpis, ...]
    overtime: OvertimeKpis

    @classmethod
    def of(cls, epoch: datetime, found: Kpis) -> FiguresShape:
        """The engine's figures as the API shows them."""
        return cls(epoch=epoch, **{field.name: getattr(found, field.name) for field in fields(found)})


class ReasonShape(BaseModel):
    """Why a load spends [begin, end); `text` says it in the reader's language, `code` for a program."""

    code: str
    begin: AwareDatetime
    end: AwareDatetime
    minutes: int
    station: str | None
    other_job: str | None
    text: str


class ExplanationShape(BaseModel):
    """Why a load of a plan is not done earlier: from its end back to its beginning, every minute once."""

    job: str
    line: str
    due: AwareDatetime
    done: AwareDatetime
    minutes_late: int
    reasons: list[ReasonShape]

    @classmethod
    def of(cls, found: LoadReasons, in_words: Callable[[Text], str]) -> ExplanationShape:
        """An explanation as the API shows it."""
        reasons = [
            ReasonShape(text=in_words(row.sentence), **{name: getattr(row, name) for name in _ROW_FIELDS})
            for row in found.rows
        ]
        facts: dict[str, Any] = {name: getattr(found, name) for name in ("job", "line", "due", "done", "minutes_late")}
        return cls(reasons=reasons, **facts)


_ROW_FIELDS = ("code", "begin", "end", "minutes", "station", "other_job")


class HeadShape(BaseModel):
    """Who is head of production; `line` is empty for the whole plant."""

    id: UUID
    line: str
    name: str
    since: datetime
    until: datetime | None
    named_at: datetime
    named_by: str

    @classmethod
    def of(cls, head: ProductionHead) -> HeadShape:
        """The shape of a row."""
        return cls(
            id=head.id,
            line=head.line.code if head.line else "",
            name=head.name,
            since=head.since,
            until=head.until,
            named_at=head.named_at,
            named_by=head.named_by,
        )


class HeadList(BaseModel):
    """All of them."""

    items: list[HeadShape]
