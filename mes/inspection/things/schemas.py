"""Commands, answers and rows of inspections of things."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from mes.core.commands import Answer, Command
from mes.core.paging import PageQuery
from mes.inspection.schemas import MOST_PHOTOS, Reading, Row, Sha256, TakenPhoto, Verdict

ThingKind = Literal["incoming", "mould", "rebar", "process"]
SubjectKind = Literal["material_lot", "mould", "pallet", "pallet_load", "casting_batch"]


class InspectThing(Command):
    """What was found on a thing; its kind says which inspection it gets. The verdict is computed from what is here."""

    subject_kind: SubjectKind
    subject_id: UUID
    answers: dict[str, Literal["yes", "no", "not_applicable"]] = {}  # noqa: RUF012 - frozen
    measurements: list[Reading] = Field(default=[], max_length=200)
    photos: list[TakenPhoto] = Field(default=[], max_length=MOST_PHOTOS)
    remark: str = Field("", max_length=400)


class ThingInspected(Answer):
    """The verdict about a thing."""

    inspection_id: UUID
    kind: ThingKind
    verdict: Verdict


class ThingQuery(PageQuery):
    """Which inspections of things to list."""

    kind: ThingKind | None = None
    subject_kind: SubjectKind | None = None
    subject_id: UUID | None = None


class ThingInspectionRow(Row):
    """An inspection of a thing as it was recorded and judged."""

    kind: str
    subject_kind: str
    subject_id: UUID
    subject_code: str
    rule_set: str
    rule_set_sha256: str | None
    verdict: str
    answers: dict[str, Any]
    evaluation: dict[str, Any]
    remark: str
    photos: list[Sha256]
    inspected_at: datetime
    inspector_name: str
    inspector_role: str
    organisation: str
    device: str
    place: str
