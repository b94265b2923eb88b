"""Who reads a trace page: somebody signed in, the holder of a pass, or the public."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.secrets import sha256_of
from mes.core.actor import Actor
from mes.traceability.models import TracePass
from mes.traceability.story.policy import PUBLIC, policy

PASS_COOKIE = "mes_pass"  # noqa: S105 - its name, not what is in it
LONGEST_SECRET = 100


@dataclass(frozen=True)
class Reader:
    """What somebody reads an element's page as. `by` is how they showed who they are: sign_in, pass, or nothing.

    `lapsed`: the device holds a pass that has ended or was withdrawn.
    """

    audience: str
    by: str = ""
    holder: str = ""
    lapsed: bool = False


def reader_of(actor: Actor, held: TracePass | None, project_id: UUID, asked: str = "") -> Reader:
    """The widest audience that the sign-in and the pass give for a project's elements.

    Those who may read as others (`trace:read_as`) see what they ask for.
    """
    table = policy()
    if asked in table.audiences and actor.may("trace:read_as") and actor.may_see_project(project_id):
        return Reader(asked, "sign_in", actor.name)
    signed = table.roles.get(actor.role, PUBLIC) if actor.may_see_project(project_id) else PUBLIC
    given = held.audience if held is not None and held.project_id in (None, project_id) else PUBLIC
    if table.wider(signed, given) == PUBLIC:
        return Reader(PUBLIC)
    if held is not None and table.wider(signed, given) != signed:
        return Reader(given, "pass", held.holder)
    return Reader(signed, "sign_in", actor.name)


def valid_pass(session: Session, secret: str, now: datetime) -> TracePass | None:
    """The pass of a secret, if it is one that is neither over nor withdrawn."""
    if not 0 < len(secret) <= LONGEST_SECRET:
        return None
    query = select(TracePass).where(
        TracePass.secret_hash == sha256_of(secret), TracePass.withdrawn_at.is_(None), TracePass.valid_until > now
    )
    found = session.scalars(query).first()
    return found if found is not None and found.audience in policy().audiences else None
