"""Reading accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.models import ApiToken, Person, Plant, WebSession
from mes.accounts.secrets import sha256_of


def people(session: Session) -> Sequence[Person]:
    """Everybody, by sign-in name."""
    return session.scalars(select(Person).order_by(Person.sign_in_name)).all()


def crews(session: Session) -> Sequence[str]:
    """The crews that people work in, by name."""
    return session.scalars(select(Person.crew).where(Person.crew != "").distinct().order_by(Person.crew)).all()


def person_of_session(session: Session, session_id: UUID, opened_after: datetime) -> Person | None:
    """The person of a web session, or None when it was ended, has grown old, or they have left."""
    query = (
        select(Person)
        .join(WebSession, WebSession.person_id == Person.id)
        .where(WebSession.id == session_id, WebSession.ended_at.is_(None), WebSession.opened_at > opened_after)
        .where(Person.active)
    )
    return session.scalars(query).first()


def token_of(session: Session, token: str) -> ApiToken | None:
    """The unrevoked API token, if it is one."""
    query = select(ApiToken).where(ApiToken.token_sha256 == sha256_of(token), ApiToken.revoked_at.is_(None))
    return session.scalars(query).first()


def plant_name(session: Session) -> str:
    """The plant's name for the top bar; the program's own before a plant is set up."""
    return session.scalar(select(Plant.name).order_by(Plant.code).limit(1)) or "precast-mes"
