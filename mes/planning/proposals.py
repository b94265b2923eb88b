"""What a solving job writes down: its proposal, or why there is none."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field, SkipValidation

from mes.core.commands import Command, Done, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.text import N_, Text
from mes.planning.models import PlanVersion

CANCELLED_NOTE = N_("The job was stopped before it had a proposal")


class StoreProposal(Command):
    """The documents of a plan that the validator accepted."""

    plan_id: UUID
    epoch: SkipValidation[AwareDatetime] = Field(exclude=True, repr=False)
    nesting: SkipValidation[dict[str, Any]] = Field(exclude=True, repr=False)
    problem: SkipValidation[dict[str, Any]] = Field(exclude=True, repr=False)
    plan: SkipValidation[dict[str, Any]] = Field(exclude=True, repr=False)


class GiveUpPlan(Command):
    """A solving job ended without a proposal."""

    plan_id: UUID
    note: str = Field(max_length=400)


@use_case("plan:propose")
def store_proposal(work: Work, command: StoreProposal) -> Done:
    """Keep the documents; the plan is a proposal now.

    Raises:
        Conflict: the plan is not being made any more.
    """
    version = solving_version(work, command.plan_id)
    version.epoch = _aware(command.epoch)
    version.nesting, version.problem, version.plan = command.nesting, command.problem, command.plan
    version.state = "proposed"
    return Done(id=version.id)


@use_case("plan:propose")
def give_up_plan(work: Work, command: GiveUpPlan) -> Done:
    """The plan has failed; the note says why."""
    version = solving_version(work, command.plan_id)
    version.state, version.note = "failed", command.note
    return Done(id=version.id)


def solving_version(work: Work, plan_id: UUID) -> PlanVersion:
    """The plan version that a job is making; raises `NotFound` or `Conflict`."""
    version = work.session.get(PlanVersion, plan_id, with_for_update=True)
    if version is None:
        raise NotFound(Text(N_("There is no such plan")))
    if version.state != "solving":
        raise Conflict(Text(N_("Plan %(number)s is not being made any more"), {"number": version.number}))
    return version


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("the epoch needs a time zone")
    return moment
