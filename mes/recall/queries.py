"""Reading recorded recalls, and what a question may be asked of."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.models import Person
from mes.recall.models import Recall

MOST_SHOWN = 200


def recalls(session: Session) -> Sequence[Recall]:
    """Recorded recalls, newest first."""
    return session.scalars(
        select(Recall).order_by(Recall.asked_at.desc(), Recall.number.desc()).limit(MOST_SHOWN)
    ).all()


def crews(session: Session) -> Sequence[str]:
    """The crews that people belong to, by name."""
    return session.scalars(select(Person.crew).where(Person.crew != "").distinct().order_by(Person.crew)).all()
