"""The change list: what is different between two plans, and why."""

from __future__ import annotations

from scheduling.history import required_overtime
from scheduling.plan import Plan, PlannedJob
from scheduling.problem import Problem
from scheduling.replanning.causes import Causes
from scheduling.replanning.change import Change, ChangeKind, Place, Why, WhyCode
from scheduling.replanning.same_stations import on_same_stations

THRESHOLD_MINUTES = 15
"""Smaller shifts do not count as changes, unless the caller says otherwise."""


def changes(problem: Problem, before: Plan, after: Plan, threshold: int = THRESHOLD_MINUTES) -> tuple[Change, ...]:
    """What differs in `after`, a valid plan of `problem`, from `before`, a plan of any problem with the same lines.

    First overtime, then jobs in the order in which they enter (or were to enter). A job counts as later or earlier
    from a shift of `threshold` minutes on, of its entry or of its departure. Jobs that `problem` does not have any
    more are not told: they are done, or somebody took them out.
    """
    causes = Causes(problem, on_same_stations(problem, before), after, threshold)
    found = [change for job in problem.jobs if (change := _change(causes, job.id, max(1, threshold))) is not None]
    found.sort(key=lambda change: _enter(change.after or change.before))
    return (*_overtime_changes(problem, before, after), *found)


def _enter(place: Place | None) -> int:
    return -1 if place is None else place.enter


def _change(causes: Causes, name: str, threshold: int) -> Change | None:
    old, new = causes.before.job_by_id.get(name), causes.after.job_by_id.get(name)
    if new is None:
        return _left_out(causes, name, old)
    if old is None:
        waited = any(entry.job == name for entry in causes.before.unscheduled)
        why = Why(WhyCode.NOW_FITS if waited else WhyCode.NEW_JOB)
        return Change(ChangeKind.NEW, name, None, None, _place(new), why)
    kind = _kind(old, new, threshold)
    if kind is not None:
        return Change(kind, name, None, _place(old), _place(new), causes.of(name, kind is not ChangeKind.EARLIER))
    overtaken = causes.overtaken(name)
    if overtaken is None:
        return None
    return Change(ChangeKind.ORDER, name, None, _place(old), _place(new), overtaken)


def _left_out(causes: Causes, name: str, old: PlannedJob | None) -> Change | None:
    """A job without a place, unless it had none before either."""
    if any(entry.job == name for entry in causes.before.unscheduled):
        return None
    reason = next((entry.reason for entry in causes.after.unscheduled if entry.job == name), "")
    why = Why(WhyCode.NO_PLACE, values={"reason": reason})
    return Change(ChangeKind.LEFT_OUT, name, None, _place(old) if old else None, None, why)


def _kind(old: PlannedJob, new: PlannedJob, threshold: int) -> ChangeKind | None:
    if old.line != new.line:
        return ChangeKind.LINE
    shift = max(new.enter - old.enter, new.done - old.done, key=abs)
    if abs(shift) < threshold:
        return None
    return ChangeKind.LATER if shift > 0 else ChangeKind.EARLIER


def _place(job: PlannedJob) -> Place:
    return Place(job.line, job.enter, job.done)


def _overtime_changes(problem: Problem, before: Plan, after: Plan) -> list[Change]:
    worked = required_overtime(problem)
    offered = {entry.id for entry in problem.overtime}
    found = []
    for name in after.overtime:
        if name not in before.overtime:
            why = Why(WhyCode.OVERTIME_WORKED if name in worked else WhyCode.BETTER_TOTAL)
            found.append(Change(ChangeKind.OVERTIME_ADDED, None, name, None, None, why))
    for name in before.overtime:
        if name not in after.overtime:
            why = Why(WhyCode.BETTER_TOTAL if name in offered else WhyCode.OVERTIME_GONE)
            found.append(Change(ChangeKind.OVERTIME_REMOVED, None, name, None, None, why))
    return found
