"""What the worker does for the machines by itself: it ends the waiting for commands, and forgets old history."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from mes.core.actor import Actor
from mes.core.clock import Clock
from mes.core.commands import Work
from mes.core.database import Database
from mes.core.jobs import FINAL_STATES, Job, RunningJob, enqueue, handles
from mes.core.tending import Rounds
from mes.core.text import N_
from mes.machines.models import MachineCommand
from mes.machines.rules import rules
from mes.machines.service.commands import OPEN_OUTCOMES, expire_commands
from mes.machines.service.forgetting import Portion, portions_to_forget
from mes.machines.service.keeping import hold_history

KIND = "machines.forget"
LOOK_EVERY_SECONDS = 10.0
HOUSE = Actor("system:machines", "precast-mes", "system", "precast-mes", frozenset(), kind="program")


@handles(KIND)
def forget_old_history(job: RunningJob) -> dict[str, object]:
    """Delete what is older than it is kept, a portion a transaction, with a pause after each."""
    with job.database.reading() as session:
        kinds = list(portions_to_forget(session, job.clock.now()))
    forgotten = 0
    for done, portion in enumerate(kinds):
        while rows := _one_portion(job.database, portion):
            forgotten += rows
            time.sleep(rules().portion_pause_seconds)
        if done % 50 == 0:
            job.report(100 * done // len(kinds), N_("Forgetting old history of machines"))
    return {"rows": forgotten}


def _one_portion(database: Database, portion: Portion) -> int:
    with database.writing() as session:
        return portion(session)


def keep_up(database: Database, clock: Clock) -> None:
    """Do what is due now: commands whose time has passed, and, once a day, the job that forgets."""
    with database.reading() as session:
        query = select(MachineCommand.id).where(
            MachineCommand.once.is_(True), MachineCommand.outcome.in_(OPEN_OUTCOMES)
        )
        waits = session.scalars(query.limit(1)).first() is not None
        is_due = _is_due(session.scalars(_last_job()).first(), clock.now())
    if not waits and not is_due:
        return
    with database.writing() as session:
        work = Work(session, HOUSE, clock)
        hold_history(work)
        expire_commands(work)
        if _is_due(session.scalars(_last_job()).first(), clock.now()):
            enqueue(work, KIND, N_("Forget old history of machines"), {})


def _last_job() -> Select[Any]:
    return select(Job).where(Job.kind == KIND).order_by(Job.requested_at.desc()).limit(1)


def _is_due(last: Job | None, now: datetime) -> bool:
    """Whether history is to be forgotten: the last job has ended (or hangs) and began long enough ago."""
    if last is None:
        return True
    every = rules().forget_every
    return now - last.requested_at >= (every if last.state in FINAL_STATES else 3 * every)


class MachineKeeping(Rounds):
    """Does what is due every ten seconds until `stop_event` is set. Several workers do no harm to one another."""

    def __init__(self, database: Database, clock: Clock, stop_event: threading.Event) -> None:
        super().__init__("machines", LOOK_EVERY_SECONDS, lambda: keep_up(database, clock), stop_event)
