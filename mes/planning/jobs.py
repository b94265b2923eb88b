"""The job that makes a plan: form pallet loads, build the problem, solve it, check the plan, store the proposal."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from sqlalchemy.exc import OperationalError

from mes.core import commands
from mes.core.errors import Conflict, MesError
from mes.core.jobs import JobCancelled, RunningJob, handles
from mes.core.text import N_, Text
from mes.planning.models import PlanVersion
from mes.planning.plan_content import make_content
from mes.planning.problem_building import BuiltProblem, build_problem
from mes.planning.proposals import CANCELLED_NOTE, GiveUpPlan, StoreProposal, give_up_plan, store_proposal
from mes.planning.rules import planning_rules
from mes.planning.situation import Situation
from mes.planning.snapshot import read_situation
from scheduling import Plan, Status, check, plan_json, problem_json

if TYPE_CHECKING:
    from scheduling import Progress

KIND = "planning.solve"
REPORT_EVERY_SECONDS = 0.7
SOLVER_WORKERS = 2


class PlanRefused(Conflict):
    """The validator refuses a plan that the solver made: a fault of the program. The plan is not stored."""


class NothingToPlan(Conflict):
    """No element could be put on a load, or none is open any more."""


@handles(KIND)
def solve_plan(job: RunningJob) -> dict[str, object]:
    """Make the plan version named in the job's arguments; a job that is stopped or fails leaves no proposal."""
    plan_id = UUID(job.arguments["plan_id"])
    try:
        return _propose(job, plan_id)
    except JobCancelled:
        _give_up(job, plan_id, CANCELLED_NOTE)
        raise
    except OperationalError:
        raise  # the database is busy or away: the job is run again, the plan is still being made
    except Exception as error:
        reason = str(error) if isinstance(error, MesError) else f"{type(error).__name__}: {error}"
        _give_up(job, plan_id, reason[:400])
        raise


def _propose(job: RunningJob, plan_id: UUID) -> dict[str, object]:
    seconds = float(job.arguments["seconds"])
    rules = planning_rules()
    job.report(3, N_("Reading lines and open elements"))
    with job.database.reading() as session:
        number = session.get_one(PlanVersion, plan_id).number
        now, zone = job.clock.now(), job.clock.zone
        situation = read_situation(session, now, zone, int(job.arguments["ahead_days"]))
    job.report(8, N_("Forming pallet loads"))
    watch = _Watch(job)
    built = build_problem(situation, rules, seconds * rules.nesting_share, watch.should_cancel)
    if watch.cancelled:
        raise JobCancelled
    if not built.problem.jobs:
        raise NothingToPlan(Text(N_("No open element fits a line; there is nothing to plan")))
    job.report(20, N_("Sequencing the lines"))
    plan = _solve(watch, built, seconds * (1 - rules.nesting_share))
    job.report(95, N_("Checking the plan"))
    _require_valid(built, plan)
    _store(job, plan_id, situation, built, plan)
    return {"url": f"/planning/plans/{number}", "plan": number, "loads": len(plan.jobs)}


def _solve(watch: _Watch, built: BuiltProblem, seconds: float) -> Plan:
    from scheduling import solve

    plan = solve(
        built.problem,
        seconds=seconds,
        workers=SOLVER_WORKERS,
        progress=watch.progress,
        should_cancel=watch.should_cancel,
    )
    if watch.cancelled or plan.status is Status.CANCELLED:
        raise JobCancelled
    return plan


def _require_valid(built: BuiltProblem, plan: Plan) -> None:
    violations = check(built.problem, plan).violations
    if violations:
        raise PlanRefused(
            Text(
                N_("The plan breaks %(count)s rules and is not proposed: %(first)s"),
                {"count": len(violations), "first": str(violations[0])},
            )
        )


def _store(job: RunningJob, plan_id: UUID, situation: Situation, built: BuiltProblem, plan: Plan) -> None:
    command = StoreProposal(
        command_id=uuid5(job.id, "stored"),
        plan_id=plan_id,
        epoch=built.epoch,
        nesting=make_content(situation, built, plan).model_dump(mode="json"),
        problem=json.loads(problem_json(built.problem)),
        plan=json.loads(plan_json(plan)),
    )
    commands.perform(job.database, job.actor, job.clock, store_proposal, command)


def _give_up(job: RunningJob, plan_id: UUID, note: str) -> None:
    command = GiveUpPlan(command_id=uuid5(job.id, "given up"), plan_id=plan_id, note=note)
    commands.perform(job.database, job.actor, job.clock, give_up_plan, command)


class _Watch:
    """Shows the solver's progress and hears whether to stop, at most every `REPORT_EVERY_SECONDS`."""

    def __init__(self, job: RunningJob) -> None:
        self.job = job
        self.cancelled = False
        self.last_report = 0.0
        self.last_question = 0.0

    def progress(self, progress: Progress) -> None:
        """Write the share of the time that is spent; never raises, for the solver would not survive it."""
        if self.cancelled or time.monotonic() - self.last_report < REPORT_EVERY_SECONDS:
            return
        self.last_report = time.monotonic()
        share = min(1.0, progress.seconds / progress.limit) if progress.limit else 1.0
        try:
            self.job.report(20 + int(70 * share), N_("Sequencing the lines"))
        except JobCancelled:
            self.cancelled = True

    def should_cancel(self) -> bool:
        """Whether somebody asked to stop; shows the time spent as well, for progress comes with improvements only."""
        if not self.cancelled and time.monotonic() - self.last_question >= REPORT_EVERY_SECONDS:
            self.last_question = time.monotonic()
            self.cancelled = self.job.cancelled()
        return self.cancelled
