"""Reading the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.errors import Forbidden, NotFound
from mes.core.text import N_, Text
from mes.ledger.declarations import DECLARED_WRONG, Declaration, declarations_in
from mes.ledger.models import Checkpoint, LedgerEvent, LedgerSubject


def require_whole_plant(actor: Actor) -> None:
    """The ledger as a whole tells of every project.

    Raises:
        Forbidden: the actor is limited to some projects; elements' own pages show what is theirs.
    """
    if actor.project_ids is not None:
        raise Forbidden(Text(N_("The ledger tells of every project; you may see some only")))


def events_of(session: Session, subject: str) -> Sequence[LedgerEvent]:
    """A subject's story, oldest first."""
    query = (
        select(LedgerEvent)
        .join(LedgerSubject, LedgerSubject.event_sequence == LedgerEvent.sequence)
        .where(LedgerSubject.subject == subject)
        .order_by(LedgerSubject.ordinal)
    )
    return session.scalars(query).all()


def latest_events_of(session: Session, subject: str, limit: int) -> Sequence[LedgerEvent]:
    """The newest events of a subject's story, newest first."""
    query = (
        select(LedgerEvent)
        .join(LedgerSubject, LedgerSubject.event_sequence == LedgerEvent.sequence)
        .where(LedgerSubject.subject == subject)
        .order_by(LedgerSubject.ordinal.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def declared_wrong_in(session: Session, subject: str) -> dict[str, Declaration]:
    """What a subject's story declares to be wrong, by the id of the event."""
    query = (
        select(LedgerEvent.content)
        .join(LedgerSubject, LedgerSubject.event_sequence == LedgerEvent.sequence)
        .where(LedgerSubject.subject == subject, LedgerEvent.kind == DECLARED_WRONG)
        .order_by(LedgerSubject.ordinal)
    )
    return declarations_in(session.scalars(query))


def events_after(session: Session, sequence: int, limit: int) -> Sequence[LedgerEvent]:
    """The next events after `sequence`, in ledger order."""
    query = select(LedgerEvent).where(LedgerEvent.sequence > sequence).order_by(LedgerEvent.sequence).limit(limit)
    return session.scalars(query).all()


def latest_events(session: Session, limit: int) -> Sequence[LedgerEvent]:
    """The newest events, newest first."""
    return session.scalars(select(LedgerEvent).order_by(LedgerEvent.sequence.desc()).limit(limit)).all()


def last_sequence(session: Session) -> int:
    """The newest event's sequence; 0 for an empty ledger."""
    return session.scalar(select(func.max(LedgerEvent.sequence))) or 0


def checkpoints(session: Session, limit: int) -> Sequence[Checkpoint]:
    """The newest checkpoints, newest first."""
    return session.scalars(select(Checkpoint).order_by(Checkpoint.events.desc()).limit(limit)).all()


def newest_checkpoint(session: Session) -> Checkpoint:
    """The newest checkpoint.

    Raises:
        NotFound: none was made yet.
    """
    for row in checkpoints(session, 1):
        return row
    raise NotFound(Text(N_("No checkpoint was made yet")))
