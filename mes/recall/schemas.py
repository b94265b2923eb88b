"""What the room's API takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from mes.core.actor import Actor
from mes.core.commands import Moment
from mes.recall.criteria import Criteria
from mes.recall.models import Recall
from mes.recall.whereabouts import Row


class RecallQuery(BaseModel):
    """What to search for. Several of one kind: any of them; several kinds: all of them."""

    lot: list[str] = Field(default=[], description="kind/number, or the number of a lot of any kind")
    batch: list[str] = Field(default=[])
    mould: list[str] = Field(default=[])
    pallet: list[str] = Field(default=[])
    crew: list[str] = Field(default=[])
    station: list[str] = Field(default=[], description="a station's code, or its machine's name")
    line: list[str] = Field(default=[])
    begins_at: Moment | None = None
    ends_at: Moment | None = None
    after: int = Field(default=0, ge=0, le=2**63 - 1, description="`next` of the page before: a serial")
    limit: int = Field(default=50, ge=1, le=500)

    def criteria(self) -> Criteria:
        """The question alone."""
        return Criteria.model_validate(self.model_dump(exclude={"after", "limit"}))


class FoundElement(BaseModel):
    """An element and where it is now: `place` is one of ahead, plant, yard, lorry, site, building, gone."""

    serial: int
    digital_link: str
    type_code: str
    project: str
    building: str
    floor: str
    position: str
    state: str
    place: str
    where: str
    load_number: int | None

    @classmethod
    def of(cls, row: Row, where: str) -> FoundElement:
        """From a row; `where` in the reader's words."""
        element = row.element
        return cls(
            serial=element.serial,
            digital_link=element.digital_link,
            type_code=element.component_type.type_code,
            project=element.project.code,
            building=element.floor.building.name,
            floor=element.floor.name,
            position=element.position,
            state=element.state,
            place=row.place,
            where=where,
            load_number=row.load_number,
        )


class RecallAnswer(BaseModel):
    """Counts of all elements, and a page of them; `next` is null on the last one."""

    elements: int
    loads: int
    by_state: dict[str, int]
    by_project: dict[str, int]
    by_place: dict[str, int]
    items: list[FoundElement]
    next: int | None


class GapShape(BaseModel):
    """Something that could not be searched."""

    words: str
    elements: int
    examples: list[str]


class ProofShape(BaseModel):
    """What was searched."""

    searched_at: datetime
    elements_in_house: int
    elements_found: int
    loads_found: int
    serials_sha256: str
    gaps_from: datetime | None
    gaps_until: datetime | None
    loads_cast_then: int
    trails: dict[str, str]
    gaps: list[GapShape]


OF_ALL_PROJECTS = ("element_count", "load_count", "counts", "serials_sha256")
"""What a record says of every project's elements."""


class RecallShape(BaseModel):
    """A recorded recall as it was; how much it concerned is for those who may see every project."""

    number: str
    reason: str
    criteria: dict[str, Any]
    asked_at: datetime
    asked_by: str
    organisation: str
    element_count: int | None
    load_count: int | None
    counts: dict[str, int] | None
    serials_sha256: str | None
    hold_job_id: UUID | None

    @classmethod
    def of(cls, recall: Recall, actor: Actor) -> RecallShape:
        """From its row, as this actor may see it."""
        same = {name: getattr(recall, name) for name in cls.model_fields if name != "serials_sha256"}
        shape = cls(**same, serials_sha256=recall.digest)
        return shape if actor.project_ids is None else shape.model_copy(update=dict.fromkeys(OF_ALL_PROJECTS))


class RecallList(BaseModel):
    """Recorded recalls, newest first."""

    items: list[RecallShape]


class RecallPath(BaseModel):
    """Names a recorded recall."""

    number: str


class HoldBody(BaseModel):
    """The command's own id, so that it may be sent again."""

    command_id: UUID
