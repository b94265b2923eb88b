"""Printers, which label goes where, and the jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mes.core.database import Base, Identified


class Printer(Identified, Base):
    """A label printer on the network, or a file to download for one that hangs on somebody's computer."""

    __tablename__ = "printer"

    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10))  # zpl: raw TCP | pdf: a file to download
    host: Mapped[str] = mapped_column(String(120), default="")
    port: Mapped[int] = mapped_column(default=9100)
    dpi: Mapped[int] = mapped_column(default=203)  # dots per inch: 203, 300 or 600
    media_width_mm: Mapped[float]
    media_height_mm: Mapped[float]
    writes_rfid: Mapped[bool] = mapped_column(default=False)
    answers_status: Mapped[bool] = mapped_column(default=True)  # ~HS is answered, so an outcome can be known
    active: Mapped[bool] = mapped_column(default=True)
    lease_owner: Mapped[str | None] = mapped_column(String(80))  # the worker that sends to it now
    lease_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10), default="")  # "" not asked | ready | busy | fault | away
    state_reason: Mapped[dict[str, Any] | None]  # a Text as JSON: why it is in fault or away
    state_at: Mapped[datetime | None]


class LabelRoute(Identified, Base):
    """Where a label is printed. `station` empty: wherever no other route fits."""

    __tablename__ = "label_route"
    __table_args__ = (UniqueConstraint("label", "station"),)

    label: Mapped[str] = mapped_column(String(30))  # kind of label: element, pallet, slot …
    station: Mapped[str] = mapped_column(String(40), default="")
    design: Mapped[str] = mapped_column(String(40))  # of labels/layout/designs, such as element-100x70
    printer_id: Mapped[UUID] = mapped_column(ForeignKey("printer.id"))
    printer: Mapped[Printer] = relationship()


class PrintJob(Identified, Base):
    """Labels that somebody asked for, with everything that stands on them as it was then."""

    __tablename__ = "print_job"
    __table_args__ = (Index("ix_print_job_printer_state", "printer_id", "state", "number"),)

    number: Mapped[int] = mapped_column(unique=True)
    printer_id: Mapped[UUID] = mapped_column(ForeignKey("printer.id"))
    label: Mapped[str] = mapped_column(String(30))
    design: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(2))  # zh | en
    labels: Mapped[list[Any]]  # [{subject, fields, epc_hex, user_memory_hex, copies}]
    station: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(10), default="queued")
    # queued | printing | printed | failed | unknown | cancelled
    reason: Mapped[dict[str, Any] | None]  # a Text as JSON: why it waits, failed or is not known
    writes_rfid: Mapped[bool] = mapped_column(default=False)  # the printer writes the labels' tags as well
    printed_count: Mapped[int] = mapped_column(default=0)  # labels of it that are known to have come out
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    reprint_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("print_job.id"))
    reprint_reason: Mapped[str] = mapped_column(String(200), default="")
    requested_at: Mapped[datetime]
    requested_by: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    finished_by: Mapped[str] = mapped_column(String(80), default="")  # who downloaded, settled or cancelled it
    printer: Mapped[Printer] = relationship()
    reprint_of: Mapped[PrintJob | None] = relationship(remote_side="PrintJob.id")


class PrintJobSubject(Base):
    """A thing whose label is in a job: how labels that carry the same identity are found."""

    __tablename__ = "print_job_subject"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("print_job.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(80), primary_key=True, index=True)  # as in the ledger: element:42
