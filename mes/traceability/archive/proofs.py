"""Which checkpoint of the ledger a package is of."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.ledger.models import Checkpoint


def checkpoint_covering(session: Session, sequence: int) -> Checkpoint | None:
    """The first checkpoint that covers an event: the same whenever it is asked for; None where none does yet."""
    return session.scalars(
        select(Checkpoint).where(Checkpoint.last_sequence >= sequence).order_by(Checkpoint.events).limit(1)
    ).first()
