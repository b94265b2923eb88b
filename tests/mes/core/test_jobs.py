"""Long work: asked for in the caller's transaction, done by a worker process, taken up again after a crash."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest

from mes.core import jobs
from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.core.errors import Conflict
from mes.core.jobs import Job, RunningJob, run_job
from tests.conftest import actor
from tests.mes.core import slow_job

assert slow_job.slow  # registers its kind here too

WORKER = """
import sys, time
from mes.core.clock import SystemClock
from mes.core.database import Database
from mes.core.jobs import Worker
import tests.mes.core.slow_job
Worker(Database(sys.argv[1]), SystemClock(), "test-worker").start()
print("started", flush=True)
time.sleep(60)
"""


@jobs.handles("test.three")
def three(job: RunningJob) -> dict[str, object]:
    """Answers with its argument times three, reporting half-way."""
    job.report(50, "half")
    return {"answer": job.arguments["number"] * 3}


@jobs.handles("test.broken")
def broken(job: RunningJob) -> dict[str, object]:
    """Fails as real work does, or answers with what cannot be kept."""
    if job.arguments.get("nan"):
        return {"answer": float("nan")}
    raise ValueError("no such mould")


def ask(database: Database, clock: SetClock, kind: str, **arguments: object) -> UUID:
    with database.writing() as session:
        return jobs.enqueue(Work(session, actor("planner"), clock), kind, "a title", arguments)


def job_row(database: Database, job_id: UUID) -> Job:
    with database.reading() as session:
        return session.get_one(Job, job_id)


def test_a_job_ends_with_its_result(any_database: Database, clock: SetClock) -> None:
    job_id = ask(any_database, clock, "test.three", number=14)
    run_job(any_database, clock, job_id)
    row = job_row(any_database, job_id)
    assert (row.state, row.progress_percent, row.result) == ("done", 100, {"answer": 42})


@pytest.mark.parametrize(("arguments", "words"), [({}, "no such mould"), ({"nan": True}, "Out of range float")])
def test_a_job_that_fails_says_why(
    any_database: Database, clock: SetClock, arguments: dict[str, object], words: str
) -> None:
    job_id = ask(any_database, clock, "test.broken", **arguments)
    run_job(any_database, clock, job_id)
    row = job_row(any_database, job_id)
    assert row.state == "failed"
    assert words in row.message


def test_a_waiting_job_is_stopped_at_once_and_only_once(any_database: Database, clock: SetClock) -> None:
    job_id = ask(any_database, clock, "test.three", number=1)
    with any_database.writing() as session:
        jobs.request_cancel(Work(session, actor("planner"), clock), job_id)
    run_job(any_database, clock, job_id)
    assert job_row(any_database, job_id).state == "cancelled"
    with any_database.writing() as session, pytest.raises(Conflict):
        jobs.request_cancel(Work(session, actor("planner"), clock), job_id)


def test_a_killed_worker_takes_its_job_up_again(any_database: Database, clock: SetClock, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    job_id = ask(any_database, clock, "test.slow", marks=str(marks), seconds=3)
    first = start_worker(any_database)
    wait_for(lambda: marks.exists(), "the job to be under way")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert job_row(any_database, job_id).state == "running"
    second = start_worker(any_database)
    wait_for(lambda: job_row(any_database, job_id).state == "done", "the job to be done after the crash")
    second.kill()
    second.wait()
    assert marks.read_text() == "began\nbegan\nended\n"


def start_worker(database: Database) -> subprocess.Popen[bytes]:
    url = database.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen([sys.executable, "-c", WORKER, url], cwd=Path(__file__).parents[3])


def wait_for(condition: object, what: str) -> None:
    give_up = time.monotonic() + 60
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(0.1)
