"""Shapes of the room's REST routes."""

from __future__ import annotations

from typing import Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from mes.core.ids import new_id
from mes.core.paging import Page, PageQuery
from mes.printing.models import LabelRoute, Printer, PrintJob
from mes.printing.service.commands import MOST_COPIES, MOST_SUBJECTS
from mes.printing.service.jobs import label_count
from mes.printing.service.printers import CODE, HOST

JobState = Literal["queued", "printing", "printed", "failed", "unknown", "cancelled"]
Words = dict[str, Any]
"""An English message with the values for its places."""


class JobPath(BaseModel):
    """A job by its number."""

    number: int = Field(ge=1, le=2**31 - 1)


class PrinterPath(BaseModel):
    """A printer by its code."""

    code: str = Field(max_length=30)


class JobQuery(PageQuery):
    """Jobs, narrowed as asked."""

    state: JobState | None = None
    printer: str = Field(default="", max_length=30)


class JobShape(BaseModel):
    """A print job as programs see it; what stands on its labels is not told."""

    number: int
    state: JobState
    label: str
    design: str
    language: str
    printer: str
    station: str
    subjects: list[str]
    label_count: int
    printed_count: int = Field(description="labels that are known to have come out")
    writes_rfid: bool
    attempts: int
    reason: Words | None = Field(description="why it waits, failed or is not known: message and values")
    reprint_of: int | None
    reprint_reason: str
    requested_by: str
    requested_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    finished_by: str

    @classmethod
    def of(cls, job: PrintJob) -> Self:
        """The shape of a job."""
        plain = ("number", "state", "label", "design", "language", "station", "printed_count", "writes_rfid")
        told = ("attempts", "reason", "reprint_reason", "requested_by", "requested_at", "started_at", "finished_at")
        return cls.model_validate(
            {
                **{name: getattr(job, name) for name in (*plain, *told, "finished_by")},
                "printer": job.printer.code,
                "subjects": list(dict.fromkeys(row["subject"] for row in job.labels if row["subject"])),
                "label_count": label_count(job),
                "reprint_of": job.reprint_of.number if job.reprint_of else None,
            }
        )


class JobPage(Page[JobShape]):
    """A page of jobs, by number."""


class CommandBody(BaseModel):
    """A change; the same `command_id` again changes nothing and gets the first answer."""

    command_id: UUID = Field(default_factory=new_id)


class PrintBody(CommandBody):
    """Labels of things, as they are named in the ledger: element:42, pallet:7, slot:A-03."""

    subjects: list[str] = Field(min_length=1, max_length=MOST_SUBJECTS)
    station: str = Field(default="", max_length=40)
    copies: int = Field(default=1, ge=1, le=MOST_COPIES)
    language: Literal["zh", "en"] = "zh"
    printer: str = Field(default="", max_length=30, description="empty: where the route leads")
    design: str = Field(default="", max_length=40, description="empty: the route's")


class ReprintBody(CommandBody):
    """Why labels are printed again, and which; empty: all of the job."""

    reason: str = Field(min_length=2, max_length=200)
    subjects: list[str] = Field(default=[], max_length=MOST_SUBJECTS)


class SettleBody(CommandBody):
    """What somebody saw who looked."""

    came_out: bool


class PrinterShape(BaseModel):
    """A printer and how it is."""

    code: str
    name: str
    kind: Literal["zpl", "pdf"]
    host: str
    port: int
    dpi: int
    media_width_mm: float
    media_height_mm: float
    writes_rfid: bool
    answers_status: bool
    active: bool
    state: Literal["", "ready", "busy", "fault", "away"] = Field(description="empty: not asked yet")
    state_reason: Words | None
    state_at: AwareDatetime | None
    waiting: int = Field(description="jobs that wait for it")

    @classmethod
    def of(cls, printer: Printer, waiting: int) -> Self:
        """The shape of a printer."""
        names = [name for name in cls.model_fields if name != "waiting"]
        return cls.model_validate({**{name: getattr(printer, name) for name in names}, "waiting": waiting})


class PrinterList(BaseModel):
    """Printers by code."""

    items: list[PrinterShape]


class PrinterQuery(BaseModel):
    """Whether those that are out of use are wanted too."""

    retired: bool = False


class PrinterBody(CommandBody):
    """A printer as it stands there."""

    name: str = Field(min_length=1, max_length=80)
    kind: Literal["zpl", "pdf"]
    host: str = Field(default="", pattern=HOST, max_length=120)
    port: int = Field(default=9100, ge=1, le=65535)
    dpi: Literal[203, 300, 600] = 203
    media_width_mm: float = Field(ge=15, le=330)
    media_height_mm: float = Field(ge=10, le=1000)
    writes_rfid: bool = False
    answers_status: bool = True


class NewPrinterBody(PrinterBody):
    """A printer that was not here before."""

    code: str = Field(pattern=CODE, max_length=30)


class RouteShape(BaseModel):
    """Which label is printed where; an empty station: wherever no other route fits."""

    label: str
    station: str
    printer: str
    design: str

    @classmethod
    def of(cls, route: LabelRoute) -> Self:
        """The shape of a route."""
        return cls(label=route.label, station=route.station, printer=route.printer.code, design=route.design)


class RouteList(BaseModel):
    """Every route, by label and station."""

    items: list[RouteShape]


class RouteBody(CommandBody):
    """A route to set; an empty design: the largest that the printer's labels take."""

    label: str = Field(max_length=30)
    station: str = Field(default="", max_length=40)
    printer: str = Field(max_length=30)
    design: str = Field(default="", max_length=40)


class RouteQuery(BaseModel):
    """A route by label and station."""

    label: str = Field(max_length=30)
    station: str = Field(default="", max_length=40)
    command_id: UUID = Field(default_factory=new_id)
