"""Reading accounts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.models import ApiToken, Person, Plant
from mes.accounts.secrets import sha256_of


def people(session: Session) -> Sequence[Person]:
    """Everybody, by sign-in name."""
    return session.scalars(select(Person).order_by(Person.sign_in_name)).all()


def person_of_session(session: Session, person_id: UUID, epoch: int) -> Person | None:
    """The person of a web session, or None when it was ended."""
    person = session.get(Person, person_id)
    return person if person and person.active and person.session_epoch == epoch else None


def token_of(session: Session, token: str) -> ApiToken | None:
    """The unrevoked API token, if it is one."""
    query = select(ApiToken).where(ApiToken.token_sha256 == sha256_of(token), ApiToken.revoked_at.is_(None))
    return session.scalars(query).first()


def plant_name(session: Session) -> str:
    """The plant's name for the top bar; the program's own before a plant is set up."""
    return session.scalar(select(Plant.name).order_by(Plant.code).limit(1)) or "precast-mes"
