"""The API's shapes of papers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mes.core.commands import Moment
from mes.inspection.documents.queries import Verification, about
from mes.inspection.models import Certificate, QualityDocument

DIGEST = "^[0-9a-fA-F]{64}$"
LARGEST_SERIAL = 2**63 - 1


class PaperShape(BaseModel):
    """A paper that was issued. Its PDF is at `/papers/NUMBER/pdf`."""

    number: str
    kind: str = Field(description="certificate, hidden_works, strength, delivery or recall")
    about: str = Field(description="the element, the batches or the evaluation, the delivery, the recall")
    template: str
    issued_at: datetime
    issued_by: str
    valid: bool
    withdrawn_at: datetime | None
    suspended_at: datetime | None = Field(description="of a certificate: rejected on site, and nobody has decided yet")
    replaced_by: str | None
    pdf_sha256: str

    @classmethod
    def of(cls, paper: Certificate | QualityDocument) -> PaperShape:
        """A certificate or another paper."""
        kind, replaced_by = "certificate", None
        if isinstance(paper, QualityDocument):
            kind, replaced_by = paper.kind, paper.replaced_by
        return cls(
            number=paper.number,
            kind=kind,
            about=about(paper),
            template=paper.template,
            issued_at=paper.issued_at,
            issued_by=paper.issued_by,
            valid=paper.is_valid,
            withdrawn_at=paper.withdrawn_at,
            suspended_at=paper.suspended_at if isinstance(paper, Certificate) else None,
            replaced_by=replaced_by,
            pdf_sha256=paper.pdf_sha256,
        )


class PaperList(BaseModel):
    """Papers, the newest first."""

    items: list[PaperShape]


class PaperQuery(BaseModel):
    """Whose papers: those of an element by its serial, or of a batch by its number."""

    serial: int | None = Field(None, ge=0, le=LARGEST_SERIAL, description="an element's serial")
    batch: str | None = Field(None, min_length=1, max_length=60, description="a casting batch's number")

    @model_validator(mode="after")
    def _one_of_them(self) -> PaperQuery:
        if (self.serial is None) == (self.batch is None):
            raise ValueError("serial or batch is expected")
        return self


class PaperPath(BaseModel):
    """A paper's number."""

    number: str = Field(max_length=40)


class IssueBody(BaseModel):
    """What every wish for a paper says; a repeated command_id gives the first answer."""

    model_config = ConfigDict(extra="forbid")

    command_id: UUID
    occurred_at: Moment | None = None


class HiddenWorksBody(IssueBody):
    """The element whose hidden works are recorded."""

    serial: int = Field(ge=0, le=LARGEST_SERIAL)


class StrengthReportBody(IssueBody):
    """The batch whose strength is reported: by the evaluation that covers it, else by its own cubes."""

    batch: str = Field(min_length=1, max_length=60)


class VerifyQuery(BaseModel):
    """A number, the SHA-256 of a file, or both."""

    number: str | None = Field(None, min_length=1, max_length=60)
    sha256: str | None = Field(None, pattern=DIGEST, description="of the PDF that is to be verified")

    @model_validator(mode="after")
    def _something(self) -> VerifyQuery:
        if self.number is None and self.sha256 is None:
            raise ValueError("number or sha256 is expected")
        return self


class VerificationShape(BaseModel):
    """What anybody may know of a paper; `file_matches` where a digest was given with the number."""

    number: str
    kind: str
    valid: bool
    subject: str
    project: str
    producer: str
    issued_at: datetime
    withdrawn_at: datetime | None
    suspended_at: datetime | None = Field(description="rejected on site, and nobody has decided yet")
    replaced_by: str | None
    not_valid_within: list[str] = Field(description="of a quality file: numbers of papers in it that do not hold now")
    pdf_sha256: str
    file_matches: bool | None

    @classmethod
    def of(cls, found: Verification, sha256: str | None) -> VerificationShape:
        """What was found, and whether the file is the one that was issued."""
        return cls(
            number=found.number,
            kind=found.kind,
            valid=found.is_valid,
            subject=found.subject,
            project=found.project,
            producer=found.producer,
            issued_at=found.issued_at,
            withdrawn_at=found.withdrawn_at,
            suspended_at=found.suspended_at,
            not_valid_within=[one.number for one in found.not_valid_within],
            replaced_by=found.replaced_by,
            pdf_sha256=found.pdf_sha256,
            file_matches=None if sha256 is None else sha256.lower() == found.pdf_sha256,
        )
