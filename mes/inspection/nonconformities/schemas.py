"""Commands, answers and the API's shapes of nonconformities."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, SkipValidation, StringConstraints

from mes.core.commands import Answer, Command
from mes.core.paging import PageQuery
from mes.inspection.documents.press import CertificatePress
from mes.inspection.schemas import DIGEST, MOST_PHOTOS, DrawingPlace, Row, Severity, Sha256

Disposition = Literal["rework", "repair", "concession", "scrap"]
Stage = Literal["undecided", "awaiting", "settled"]
"""undecided; decided and awaiting the inspection that proves it made good; settled"""
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
MOST_WHYS = 5


class NonconformityReport(Command):
    """Something is wrong with an element."""

    element_id: UUID
    kind: str = Field(max_length=40)
    severity: Severity
    description: str = Field("", max_length=400)
    photos: list[Sha256] = Field(default=[], max_length=MOST_PHOTOS)
    place: DrawingPlace | None = None
    expected_version: int | None = None


class NonconformityReported(Answer):
    """The number under which it is kept."""

    nonconformity_id: UUID
    number: str
    element_state: str


class DispositionDecision(Command):
    """What becomes of a nonconforming element."""

    nonconformity_id: UUID
    disposition: Disposition
    reason: str = Field(min_length=2, max_length=400)
    designer_consent: str = Field("", max_length=120)  # reference of the designer's letter, for a concession
    designer_consent_sha256: Sha256 | None = Field(None, pattern=DIGEST)  # the letter itself, uploaded before
    order_replacement: bool = False  # for scrap
    expected_version: int | None = None


class Dispose(DispositionDecision):
    """Decide about a nonconformity; `press` makes the certificate of a concession."""

    press: SkipValidation[CertificatePress] = Field(exclude=True, repr=False)


class Disposed(Answer):
    """The element's state after the decision."""

    nonconformity_id: UUID
    element_state: str
    replacement_id: UUID | None = None
    certificate_id: UUID | None = None


class NonconformityAnalysis(Command):
    """Why it happened and what keeps it from happening again. What is left out is cleared."""

    nonconformity_id: UUID
    cause: str | None = Field(None, max_length=40)  # of the cause table
    whys: list[Why] = Field(default=[], max_length=MOST_WHYS)  # answers to "why?", the first one first
    measure: str = Field("", max_length=400)  # preventive
    cost_cny: float | None = Field(None, ge=0, lt=1e9, allow_inf_nan=False)


class ReplacementOrder(Command):
    """Order a new element for the place of a scrapped one."""

    nonconformity_id: UUID


class ReplacementOrdered(Answer):
    """The new element."""

    replacement_id: UUID
    serial: int


class NonconformityFilter(BaseModel):
    """Which nonconformities to list; what is None does not matter. Days are the plant's, both included."""

    stage: Stage | None = Field(None, description="undecided, awaiting re-inspection, or settled")
    open: bool | None = Field(None, description="true: not settled yet")
    kind: str | None = Field(None, max_length=40)
    severity: Severity | None = None
    project: str | None = Field(None, max_length=60, description="code of the project")
    line: str | None = Field(None, max_length=40, description="code of the line that the element is or was made on")
    cause: str | None = Field(None, max_length=40)
    from_day: date | None = Field(None, description="reported on this day or later")
    to_day: date | None = Field(None, description="reported on this day or before")


class NonconformityQuery(PageQuery, NonconformityFilter):
    """Which nonconformities a program asks for."""

    element_id: UUID | None = None
    open: bool | None = Field(None, description="true: without a disposition yet")


class NonconformityPath(BaseModel):
    """A nonconformity's address."""

    nonconformity_id: UUID


class NonconformityRow(Row):
    """A nonconformity and what became of it."""

    number: str
    element_id: UUID
    inspection_id: UUID | None
    kind: str
    severity: str
    description: str
    photos: list[Sha256]
    place: dict[str, Any] | None
    reported_at: datetime
    reported_by: str
    reporter_role: str
    disposition: str | None
    disposition_reason: str | None
    designer_consent: str | None
    designer_consent_sha256: Sha256 | None
    replacement_id: UUID | None
    disposed_at: datetime | None
    disposed_by: str | None
    reinspection_id: UUID | None
    cause: str | None
    whys: list[str] | None
    measure: str | None
    cost_cny: float | None


class UploadedLetter(BaseModel):
    """Digest of an uploaded letter; a disposition names it by this."""

    sha256: Sha256
