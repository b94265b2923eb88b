"""Reading printers, routes and the queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from mes.core.actor import Actor
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.printing.models import LabelRoute, Printer, PrintJob
from mes.printing.service.contents import SECRET_LABELS
from mes.printing.service.scope import in_scope

OPEN_STATES = ("queued", "printing", "unknown")
SENDER_AWAY = timedelta(seconds=45)


def next_job(session: Session, printer_id: UUID) -> PrintJob | None:
    """The job that is first in a printer's queue."""
    waiting = (PrintJob.printer_id == printer_id) & (PrintJob.state == "queued")
    return session.scalars(select(PrintJob).where(waiting).order_by(PrintJob.number).limit(1)).first()


def printers(session: Session, *, retired: bool = False) -> Sequence[Printer]:
    """Printers by code; with `retired` those that are out of use as well."""
    query = select(Printer).order_by(Printer.code)
    return session.scalars(query if retired else query.where(Printer.active)).all()


def printer_by_code(session: Session, code: str) -> Printer:
    """A printer.

    Raises:
        NotFound: there is none of this code.
    """
    printer = session.scalars(select(Printer).where(Printer.code == code)).first()
    if printer is None:
        raise NotFound(Text(N_("There is no printer %(code)s"), {"code": code}))
    return printer


def routes(session: Session) -> Sequence[LabelRoute]:
    """Every route, by label and station."""
    query = select(LabelRoute).options(joinedload(LabelRoute.printer))
    return session.scalars(query.order_by(LabelRoute.label, LabelRoute.station)).all()


def visible_jobs(actor: Actor) -> Select[PrintJob]:
    """The jobs that this actor may see: labels with secrets are for those who may make them; see `in_scope` as well."""
    secret = [label for label, permission in SECRET_LABELS.items() if not actor.may(permission)]
    query = select(PrintJob).options(joinedload(PrintJob.printer), joinedload(PrintJob.reprint_of))
    return query.where(PrintJob.label.not_in(secret)) if secret else query


def jobs_in(session: Session, actor: Actor, states: Sequence[str], limit: int = 100) -> Sequence[PrintJob]:
    """Jobs in these states, the newest first."""
    query = visible_jobs(actor).where(PrintJob.state.in_(states))
    return in_scope(session, actor, session.scalars(query.order_by(PrintJob.number.desc()).limit(limit)).all())


def recent_jobs(session: Session, actor: Actor, limit: int = 30) -> Sequence[PrintJob]:
    """Jobs that are over, the newest first."""
    query = visible_jobs(actor).where(PrintJob.state.not_in(OPEN_STATES))
    return in_scope(session, actor, session.scalars(query.order_by(PrintJob.number.desc()).limit(limit)).all())


def job_by_number(session: Session, actor: Actor, number: int) -> PrintJob:
    """A job.

    Raises:
        NotFound: there is none of this number for this actor.
    """
    job = session.scalars(visible_jobs(actor).where(PrintJob.number == number)).first()
    if job is None or not in_scope(session, actor, [job]):
        raise NotFound(Text(N_("There is no print job %(number)s"), {"number": number}))
    return job


def reprints_of(session: Session, job: PrintJob) -> Sequence[PrintJob]:
    """The jobs that print labels of this one again."""
    return session.scalars(select(PrintJob).where(PrintJob.reprint_of_id == job.id).order_by(PrintJob.number)).all()


def waiting_counts(session: Session) -> dict[UUID, int]:
    """How many jobs wait for each printer."""
    query = select(PrintJob.printer_id, func.count()).where(PrintJob.state.in_(("queued", "printing")))
    return {row[0]: row[1] for row in session.execute(query.group_by(PrintJob.printer_id))}


def is_sender_away(session: Session, now: datetime) -> bool:
    """Whether labels wait for a network printer that no worker serves."""
    unserved: ColumnElement[bool] = or_(Printer.lease_until.is_(None), Printer.lease_until < now - SENDER_AWAY)
    query = (
        select(PrintJob.id)
        .join(Printer, Printer.id == PrintJob.printer_id)
        .where(PrintJob.state == "queued", PrintJob.requested_at < now - SENDER_AWAY)
        .where(Printer.kind == "zpl", Printer.active, unserved)
    )
    return session.scalars(query.limit(1)).first() is not None
