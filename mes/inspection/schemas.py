"""Commands, answers and the API's shapes of the room."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SkipValidation

from mes.core.commands import Answer, Command
from mes.core.paging import PageQuery
from mes.inspection.documents.press import CertificatePress

Kind = Literal["hidden_works", "final"]
Handover = Literal["before_loading", "at_site"]
AnyKind = Literal["hidden_works", "final", "before_loading", "at_site"]
Verdict = Literal["accepted", "refused"]
Severity = Literal["general", "severe"]
Condition = Literal["same_condition", "standard"]
Sha256 = str
Millimetres = float
Position = tuple[float, float]

DIGEST = "^[0-9a-f]{64}$"
MOST_PHOTOS = 60


class Strict(BaseModel):
    """A part of a command: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TakenPhoto(Strict):
    """A photo that is kept already, and the item of the plan it shows (empty: a general one)."""

    sha256: Sha256 = Field(pattern=DIGEST)
    item: str = Field("", max_length=40)


class Reading(Strict):
    """Readings of one item in mm: sizes, gaps, the two diagonals, or positions [x, y]."""

    item: str = Field(max_length=40)
    nominal: Millimetres | Position | None = None
    values: list[Millimetres | Position] = Field(max_length=20)
    face: Literal["inner", "outer"] | None = None
    temporary: bool = False


class DrawingPlace(Strict):
    """A place on an element's drawing: a face, and mm from its lower left corner as one looks at that face.

    `top` is the trowelled face, `bottom` the one that lay on the pallet.
    """

    face: Literal["top", "bottom"]
    x_mm: Millimetres = Field(ge=0, le=100_000)
    y_mm: Millimetres = Field(ge=0, le=100_000)


class SeenDefect(Strict):
    """A visible defect (外观缺陷) of the plan's list, where it is and what shows it."""

    defect: str = Field(max_length=40)
    severity: Severity
    remark: str = Field("", max_length=200)
    place: DrawingPlace | None = None
    photos: list[Sha256] = Field(default=[], max_length=20)


class Findings(Command):
    """What was found on an element. The verdict is not part of it: it is computed from what is here."""

    element_id: UUID
    expected_version: int | None = None
    answers: dict[str, Literal["yes", "no", "not_applicable"]] = {}  # noqa: RUF012 - frozen
    measurements: list[Reading] = Field(default=[], max_length=200)
    defects: list[SeenDefect] = Field(default=[], max_length=20)
    photos: list[TakenPhoto] = Field(default=[], max_length=MOST_PHOTOS)
    remark: str = Field("", max_length=400)


class InspectionReport(Findings):
    """What an inspector found."""

    kind: Kind


class HandoverReport(Findings):
    """What was found on an element that changes hands: before it is loaded, or when the site receives it."""

    kind: Handover


class RecordInspection(InspectionReport):
    """Record an inspection; `press` makes the certificate of an accepted final one."""

    press: SkipValidation[CertificatePress] = Field(exclude=True, repr=False)


class InspectionRecorded(Answer):
    """The verdict and what followed from it."""

    inspection_id: UUID
    verdict: Verdict
    element_state: str
    nonconformity_id: UUID | None = None
    certificate_id: UUID | None = None


class WitnessInspection(Command):
    """The supervisor (监理) was present, or has looked at the record, and accepts it or refuses it with a remark."""

    inspection_id: UUID
    verdict: Verdict = "accepted"
    remark: str = Field("", max_length=400)
    photos: list[Sha256] = Field(default=[], max_length=20)


class RecordCubeTest(Command):
    """Compressive strengths (MPa) of a set of three cubes of a batch."""

    batch_id: UUID
    condition: Condition
    strengths_mpa: list[float] = Field(max_length=10)
    tested_at: datetime | None = None  # None: now


class CubeTestRecorded(Answer):
    """The set's value (None: invalid), the rule that gave it, and the loads that may now be demoulded."""

    cube_test_id: UUID
    set_value_mpa: float | None
    rule: Literal["mean", "middle", "invalid"]
    released_loads: list[int]


class InspectionQuery(PageQuery):
    """Which inspections to list."""

    element_id: UUID | None = None
    kind: AnyKind | None = None


class CertificateQuery(PageQuery):
    """Which certificates to list."""

    element_id: UUID | None = None
    valid: bool | None = Field(None, description="true: not withdrawn")


class InspectionPath(BaseModel):
    """An inspection's address."""

    inspection_id: UUID


class CertificatePath(BaseModel):
    """A certificate's address."""

    certificate_id: UUID


class Row(BaseModel):
    """Base of what the API shows: read from table rows."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID


class PhotoRow(BaseModel):
    """A photo of an inspection."""

    model_config = ConfigDict(from_attributes=True)

    sha256: Sha256
    item: str


class InspectionRow(Row):
    """An inspection as it was recorded and judged."""

    element_id: UUID
    kind: str
    rule_set: str
    rule_set_sha256: str | None  # of the file it was judged by, under /rule-sets
    verdict: str
    answers: dict[str, Any]
    evaluation: dict[str, Any]
    remark: str
    inspected_at: datetime
    inspector_name: str
    inspector_role: str
    organisation: str
    device: str
    place: str
    first_article: bool
    sampling_lot_id: UUID | None
    witnessed_by: str | None
    witnessed_at: datetime | None
    photos: list[PhotoRow]


class CertificateRow(Row):
    """A certificate of conformity; `content` is everything on the paper."""

    number: str
    element_id: UUID
    issued_at: datetime
    issued_by: str
    content: dict[str, Any]
    pdf_sha256: Sha256
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    suspended_at: datetime | None
    suspension_reason: str | None


class UploadedPhotos(BaseModel):
    """Digests of uploaded photos, in their order; commands name photos by them."""

    photos: list[Sha256]
