"""Use cases of planning: lines and routes are set up; a plan is proposed, then published or discarded."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from mes.accounts.service import next_number
from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, NotFound
from mes.core.ids import new_id
from mes.core.jobs import FINAL_STATES, Job, enqueue
from mes.core.text import N_, Text
from mes.library.atlas import Family
from mes.planning import line_setup
from mes.planning.jobs import KIND
from mes.planning.line_description import CalendarDescription, LineDescription, PlantDescription
from mes.planning.models import Line, PlanVersion
from mes.planning.plan_content import content_of, plan_of
from mes.planning.proposals import CANCELLED_NOTE
from mes.planning.publishing import (
    create_loads,
    elements_of_plan,
    lock_plant,
    other_proposals,
    unschedule,
    waiting_loads,
    withdraw,
)
from mes.planning.queries import open_count, published_plan
from mes.planning.working_time import midnight

STATE_NAMES: dict[str, str] = {
    "solving": N_("Being made"),
    "proposed": N_("Proposed"),
    "published": N_("Published"),
    "superseded": N_("Superseded"),
    "discarded": N_("Discarded"),
    "failed": N_("Failed"),
}


class SetUpLine(Command):
    """A line with its stations, pallets and working hours."""

    line: LineDescription
    calendars: tuple[CalendarDescription, ...] = ()


class SetRoutes(Command):
    """Minutes of work: family → station kind → (minutes a pallet, minutes a square metre)."""

    routes: dict[Family, dict[str, tuple[int, float]]]


class SetUpLines(Command):
    """All lines of a plant with their hours and routes, such as `read_plant("demo")`."""

    description: PlantDescription


class ProposePlan(Command):
    """Ask for a plan of the elements wanted within `ahead_days`, with so many seconds to think."""

    seconds: float = Field(default=20, ge=0.2, le=600)
    ahead_days: int = Field(default=60, ge=1, le=730)


class PlanProposed(Answer):
    """The plan that is being made, and its job."""

    plan_id: UUID
    number: int
    job_id: UUID


class PublishPlan(Command):
    """Make a proposal the plan that the shop floor follows."""

    number: int


class PlanPublished(Answer):
    """What publishing changed."""

    plan_id: UUID
    number: int
    load_count: int
    element_count: int
    withdrawn_count: int


class DiscardPlan(Command):
    """Put a proposal away."""

    number: int


@use_case("line:write")
def set_up_line(work: Work, command: SetUpLine) -> Done:
    """Create or change a line as described; the same description again changes nothing.

    Raises:
        Conflict: stations would change although the line has loads, a pallet number is another line's, or a pallet
            that would leave carries a load.
        InvalidInput: a station names a calendar that is not there.
    """
    plant = lock_plant(work)
    calendars = line_setup.ensure_calendars(work, command.calendars)
    return Done(id=line_setup.ensure_line(work, plant, command.line, calendars, work.event_time(command)).id)


@use_case("line:write")
def set_routes(work: Work, command: SetRoutes) -> Done:
    """Set the minutes of work of the given families, replacing what they had."""
    line_setup.ensure_routes(work, {family.value: steps for family, steps in command.routes.items()})
    return Done()


@use_case("line:write")
def set_up_lines(work: Work, command: SetUpLines) -> Done:
    """Everything of a plant's description: calendars, lines, stations, pallets, routes. Safe to repeat."""
    set_up_plant(work, command, command.description)
    return Done()


def set_up_plant(work: Work, command: Command, description: PlantDescription) -> None:
    """Everything of a plant's description, within the caller's use case."""
    for line in description.lines:
        further = SetUpLine(command_id=command.child_id(line.code), line=line, calendars=description.calendars)
        set_up_line(work, further)
    set_routes(work, SetRoutes(command_id=command.child_id("routes"), routes=description.routes))


@use_case("plan:propose")
def propose_plan(work: Work, command: ProposePlan) -> PlanProposed:
    """Start the job that makes a plan.

    Raises:
        Conflict: a plan is being made already, no line is set up, or no element is open.
    """
    plant = lock_plant(work)
    _require_nothing_solving(work)
    if work.session.scalars(select(Line.id).limit(1)).first() is None:
        raise Conflict(Text(N_("No production line is set up yet")))
    if open_count(work.session, work.today() + timedelta(days=command.ahead_days)) == 0:
        raise Conflict(Text(N_("There is nothing to plan: no element is open in this time")))
    version = PlanVersion(
        id=new_id(),
        number=next_number(work, plant, "plan"),
        state="solving",
        created_at=work.now(),
        created_by=work.actor.name,
        epoch=midnight(work.now(), work.clock.zone),
    )
    work.session.add(version)
    work.session.flush()
    arguments = {"plan_id": str(version.id), "seconds": command.seconds, "ahead_days": command.ahead_days}
    version.job_id = enqueue(work, KIND, f"Plan {version.number}", arguments)
    return PlanProposed(plan_id=version.id, number=version.number, job_id=version.job_id)


def _require_nothing_solving(work: Work) -> None:
    """At most one plan is made at a time; one whose job was stopped while it waited has failed."""
    for version in work.session.scalars(select(PlanVersion).where(PlanVersion.state == "solving")):
        job = work.session.get(Job, version.job_id) if version.job_id else None
        if job is not None and job.state not in FINAL_STATES:
            raise Conflict(
                Text(N_("Plan %(number)s is being made already; wait for it or stop it"), {"number": version.number})
            )
        version.state, version.note = "failed", CANCELLED_NOTE


@use_case("plan:publish")
def publish_plan(work: Work, command: PublishPlan) -> PlanPublished:
    """The shop floor follows this plan from now on.

    The former plan is superseded: its waiting loads are withdrawn, their elements unscheduled. Then the new loads,
    items and operations are made and their elements scheduled. Other proposals are superseded too, for they were made
    for another state of the lines.

    Raises:
        NotFound: no such plan.
        Conflict: it is not a proposal (any more), or elements have changed since; names what changed.
    """
    lock_plant(work)
    version = _proposal(work, command.number)
    content, plan = content_of(version), plan_of(version)
    if content is None or plan is None:
        raise Conflict(Text(N_("Plan %(number)s has no content"), {"number": version.number}))
    waiting = waiting_loads(work)
    elements = elements_of_plan(work, content, plan)
    former = published_plan(work.session)
    for superseded in (*([former] if former else []), *other_proposals(work, version.id)):
        superseded.state = "superseded"
    withdraw(work, waiting, version.number)
    stranded = [element for element in elements.values() if element.state == "scheduled"]
    if stranded:  # released from hold after their load had gone without them
        unschedule(work, stranded, {"superseded_by_plan": version.number}, None)
    numbers = create_loads(work, version, content, plan, elements)
    for load in content.loads:
        load.number = numbers.get(load.job, load.number)
    version.nesting = content.model_dump(mode="json")
    version.state, version.published_at = "published", work.now()
    work.session.flush()
    return PlanPublished(
        plan_id=version.id,
        number=version.number,
        load_count=len(numbers),
        element_count=len(elements),
        withdrawn_count=len(waiting),
    )


@use_case("plan:propose")
def discard_plan(work: Work, command: DiscardPlan) -> Done:
    """Put a proposal away; nothing else changes.

    Raises:
        NotFound: no such plan.
        Conflict: it is not a proposal.
    """
    lock_plant(work)
    version = _proposal(work, command.number)
    version.state = "discarded"
    return Done(id=version.id)


def _proposal(work: Work, number: int) -> PlanVersion:
    query = select(PlanVersion).where(PlanVersion.number == number).with_for_update()
    version = work.session.scalars(query.execution_options(populate_existing=True)).first()
    if version is None:
        raise NotFound(Text(N_("There is no such plan")))
    if version.state != "proposed":
        raise Conflict(
            Text(
                N_("Plan %(number)s cannot be published or discarded; it is: %(state)s"),
                {"number": number, "state": Text(STATE_NAMES.get(version.state, version.state))},
            )
        )
    return version
