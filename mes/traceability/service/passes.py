"""Passes to the trace page: given, withdrawn, used. The secret is never kept, told or logged, only its digest."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, field_validator

from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Fault, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.ledger.service import record, utc_text
from mes.orders.models import Project
from mes.traceability.models import TracePass

LONGEST = timedelta(days=5 * 366)
"""A building is finished before; a new pass is quickly given."""
NOTED_AFTER = timedelta(hours=1)
"""The last use is noted at most this often."""


class GivePass(Command):
    """A pass for an organisation: what it reads as, of one project or all, until when."""

    audience: Literal["contractor", "supervisor", "authority"]
    project_id: UUID | None = None
    holder: str = Field(min_length=1, max_length=120)
    valid_until: AwareDatetime
    secret_hash: str = Field(pattern=r"^[0-9a-f]{64}$")

    @field_validator("holder")
    @classmethod
    def _named(cls, holder: str) -> str:
        if not holder.strip():
            raise ValueError("name the organisation")
        return holder.strip()


class WithdrawPass(Command):
    """A pass that opens nothing from now on."""

    pass_id: UUID


class PassGiven(Answer):
    """The pass that was made."""

    id: UUID


@use_case("trace_pass:write")
def give_pass(work: Work, command: GivePass) -> PassGiven:
    """Give a pass.

    Raises:
        InvalidInput: it would be over already, or last too long.
        NotFound: there is no such project for this actor.
    """
    now = work.now()
    if not now < command.valid_until <= now + LONGEST:
        reason = Text(N_("A pass ends in the future, within five years"))
        raise InvalidInput(reason, [Fault("valid_until", reason)])
    project = _project(work, command.project_id)
    row = TracePass(
        id=new_id(),
        audience=command.audience,
        project_id=command.project_id,
        holder=command.holder,
        secret_hash=command.secret_hash,
        created_at=now,
        created_by=work.actor.name,
        valid_until=command.valid_until,
    )
    work.session.add(row)
    work.session.flush()
    _record(work, "trace_pass.given", row, project)
    return PassGiven(id=row.id)


@use_case("trace_pass:write")
def withdraw_pass(work: Work, command: WithdrawPass) -> Done:
    """Withdraw a pass; one that is withdrawn already stays as it is.

    Raises:
        NotFound: there is none, or it is for a project this actor may not see.
    """
    row = work.session.get(TracePass, command.pass_id)
    if row is None:
        raise NotFound(Text(N_("There is no such pass")))
    project = _project(work, row.project_id)
    if row.withdrawn_at is None:
        row.withdrawn_at = work.now()
        _record(work, "trace_pass.withdrawn", row, project)
    return Done(id=row.id)


def note_use(work: Work, pass_id: UUID) -> None:
    """Note that a pass was used; the first use, and then at most once an hour."""
    row = work.session.get(TracePass, pass_id)
    if row is not None and (row.last_used_at is None or work.now() - row.last_used_at >= NOTED_AFTER):
        row.last_used_at = work.now()


def _project(work: Work, project_id: UUID | None) -> Project | None:
    """The project of a pass; passes to all projects are given by those who see all."""
    if project_id is None:
        if work.actor.project_ids is not None:
            reason = Text(N_("You see some projects only: choose one of them"))
            raise InvalidInput(reason, [Fault("project_id", reason)])
        return None
    work.actor.require_project(project_id)
    project = work.session.get(Project, project_id)
    if project is None:
        raise NotFound(Text(N_("There is no such project for you")))
    return project


def _record(work: Work, kind: str, row: TracePass, project: Project | None) -> None:
    facts = {
        "pass": str(row.id),
        "audience": row.audience,
        "holder": row.holder,
        "valid_until": utc_text(row.valid_until),
        "project_code": project.code if project else None,
    }
    record(work, kind, [f"trace_pass:{row.id}"], event_time=work.now(), data=facts)
