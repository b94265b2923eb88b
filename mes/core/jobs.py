"""Long work: a row for people, a durable DBOS workflow for doing it.

`enqueue` writes both in the caller's own transaction. The worker (`mes worker`) runs the handler registered for the
job's kind; a worker that was killed takes the job up again after its restart. Handlers work in use cases of their
own, whose command ids derive from the job's id, so that a second run repeats no effect.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig
from sqlalchemy import Engine, String, Text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from mes.core.actor import Actor
from mes.core.clock import Clock
from mes.core.commands import Work
from mes.core.database import Base, Database, Identified
from mes.core.errors import Conflict, MesError, NotFound
from mes.core.ids import new_id
from mes.core.text import N_
from mes.core.text import Text as Words

log = structlog.get_logger(__name__)

T = TypeVar("T")
QUEUE = "mes-jobs"
WORKFLOW = "mes.run_job"
APPLICATION = "precast-mes"
APPLICATION_VERSION = "1"  # pinned: a new release takes up what the old one left
BUSY_PAUSES_SECONDS = (1, 2, 5, 10, 20, 30)
FINAL_STATES = frozenset({"done", "failed", "cancelled"})


class Job(Identified, Base):
    """A piece of long work as people see it: queued, running, then done, failed or cancelled."""

    __tablename__ = "job"

    kind: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    arguments: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default="queued", index=True)
    progress_percent: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(Text, default="")
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    result: Mapped[dict[str, Any] | None]
    requested_by: Mapped[dict[str, Any]]  # the actor
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobCancelled(Exception):
    """Raised inside a handler when somebody asked for the job to stop."""


class RunningJob:
    """What a handler works with: its arguments, progress, and whether to stop."""

    def __init__(self, database: Database, clock: Clock, job: Job) -> None:
        self.database = database
        self.clock = clock
        self.id, self.kind = job.id, job.kind
        self.arguments = job.arguments
        self.actor = _actor_from(job.requested_by)

    def report(self, percent: int, message: str = "") -> None:
        """Show progress; raises `JobCancelled` when somebody asked to stop."""
        with self.database.writing() as session:
            session.execute(update(Job).where(Job.id == self.id).values(progress_percent=percent, message=message))
            cancelled = session.get_one(Job, self.id).cancel_requested
        if cancelled:
            raise JobCancelled

    def cancelled(self) -> bool:
        """Whether somebody asked for the job to stop."""
        with self.database.reading() as session:
            return session.get_one(Job, self.id).cancel_requested


Handler = Callable[[RunningJob], dict[str, Any]]
_handlers: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register a function as the handler of a kind of job."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def enqueue(work: Work, kind: str, title: str, arguments: dict[str, Any]) -> UUID:
    """Ask for a job in the caller's transaction; it runs once that is committed. Returns the job's id."""
    if kind not in _handlers:
        raise LookupError(f"no handler is registered for jobs of kind {kind!r}")
    job = Job(
        id=new_id(),
        kind=kind,
        title=title,
        arguments=arguments,
        requested_by=_actor_row(work.actor),
        requested_at=work.now(),
    )
    work.session.add(job)
    work.session.flush()
    client = _client(work.session.get_bind().engine)
    options: Any = {"workflow_name": WORKFLOW, "queue_name": QUEUE, "workflow_id": str(job.id)}
    options["app_version"] = APPLICATION_VERSION
    client.enqueue_in_transaction(work.session, options, str(job.id))
    return job.id


def request_cancel(work: Work, job_id: UUID) -> None:
    """Ask a job to stop; one that waits is stopped at once.

    Raises:
        NotFound: no such job.
        Conflict: it has ended already.
    """
    job = work.session.get(Job, job_id)
    if job is None:
        raise NotFound(Words(N_("There is no such job")))
    if job.state in FINAL_STATES:
        raise Conflict(Words(N_("This job has ended already")))
    job.cancel_requested = True
    if job.state == "queued":
        job.state, job.finished_at = "cancelled", work.now()


def dbos_url(database: Database) -> str:
    """The database URL as DBOS takes it: the same database, so that one transaction covers both."""
    return database.engine.url.render_as_string(hide_password=False)


def prepare_job_tables(database: Database) -> None:
    """Create or upgrade DBOS's own tables."""
    DBOS.migrate(dbos_url(database))


@cache
def _client(engine: Engine) -> DBOSClient:
    return DBOSClient(system_database_engine=engine, lazy=True)


def _actor_row(actor: Actor) -> dict[str, Any]:
    return {
        "id": actor.id,
        "name": actor.name,
        "role": actor.role,
        "organisation": actor.organisation,
        "permissions": sorted(actor.permissions),
        "project_ids": None if actor.project_ids is None else sorted(map(str, actor.project_ids)),
        "kind": actor.kind,
    }


def _actor_from(row: dict[str, Any]) -> Actor:
    projects = row["project_ids"]
    return Actor(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        organisation=row["organisation"],
        permissions=frozenset(row["permissions"]),
        project_ids=None if projects is None else frozenset(map(UUID, projects)),
        kind=row["kind"],
    )


class Worker:
    """Runs jobs until it is stopped. One per process."""

    def __init__(self, database: Database, clock: Clock, executor_id: str, *, concurrency: int = 2) -> None:
        self.concurrency = concurrency
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": dbos_url(database),
            "executor_id": executor_id,
            "application_version": APPLICATION_VERSION,
            "log_level": "WARNING",
        }
        DBOS(config=config)

        def run(job_id: str) -> None:
            run_job(database, clock, UUID(job_id))

        DBOS.workflow(name=WORKFLOW)(run)

    def start(self) -> None:
        """Take up unfinished jobs and wait for new ones."""
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=self.concurrency, polling_interval_sec=0.5)

    def stop(self) -> None:
        """Stop taking jobs; what runs is taken up at the next start."""
        DBOS.destroy(workflow_completion_timeout_sec=2)


def run_job(database: Database, clock: Clock, job_id: UUID) -> None:
    """Run a job's handler and write down how it ended.

    Handlers may be run again: a database that is busy or away for a while makes them wait, not fail.
    """
    running = _patiently(lambda: _start(database, clock, job_id))
    if running is None:
        return
    state, message, result = _patiently(lambda: _outcome(running))
    _patiently(lambda: _finish(database, job_id, state, message, result, clock.now()))


def _patiently(work: Callable[[], T]) -> T:
    for pause_seconds in BUSY_PAUSES_SECONDS:
        try:
            return work()
        except OperationalError as error:
            log.warning("database busy, trying again", error=str(error.orig), pause_seconds=pause_seconds)
            time.sleep(pause_seconds)
    return work()


def _start(database: Database, clock: Clock, job_id: UUID) -> RunningJob | None:
    with database.writing() as session:
        job = session.get(Job, job_id)
        if job is None or job.state in FINAL_STATES:
            return None
        job.state, job.started_at = "running", job.started_at or clock.now()
        return RunningJob(database, clock, job)


def _outcome(running: RunningJob) -> tuple[str, str, dict[str, Any]]:
    try:
        result = _handlers[running.kind](running)
        json.dumps(result, allow_nan=False)
    except OperationalError:
        raise
    except JobCancelled:
        return "cancelled", "", {}
    except MesError as error:
        return "failed", str(error), {}
    except Exception as error:
        log.exception("job failed", job=str(running.id))
        return "failed", f"{type(error).__name__}: {error}", {}
    return "done", "", result


def _finish(database: Database, job_id: UUID, state: str, message: str, result: dict[str, Any], at: datetime) -> None:
    with database.writing() as session:
        job = session.get_one(Job, job_id)
        job.state, job.result, job.finished_at = state, result, at
        job.message = message or job.message
        if state == "done":
            job.progress_percent = 100
