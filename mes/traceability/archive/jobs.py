"""The job that makes a package. It may be run again at any time, and goes on where it was ended."""

from __future__ import annotations

from uuid import uuid5

from sqlalchemy.exc import OperationalError

from mes.core.commands import perform
from mes.core.jobs import JobCancelled, RunningJob, handles
from mes.traceability.archive.house import the_house
from mes.traceability.archive.making import Maker
from mes.traceability.archive.queries import KIND, package_numbered
from mes.traceability.archive.service import STOPPED, FailPackage, FinishPackage, fail_package, finish_package


@handles(KIND)
def make_package(job: RunningJob) -> dict[str, object]:
    """Make the package; where that fails or somebody stops it, the package says so and can be made again."""
    with job.database.reading() as session:
        package = package_numbered(session, job.actor, str(job.arguments["number"]))
    if package.state not in ("asked", "failed"):
        return _made(package.number, package.elements, package.size_bytes, package.sha256)
    maker = Maker(job.database, job.clock, the_house(), package, job.id, job.report)
    try:
        made = maker.make()
    except OperationalError:
        raise  # the database is away for a while: the whole is tried again
    except JobCancelled:
        _fail(job, package.number, STOPPED)
        raise
    except Exception as error:
        _fail(job, package.number, str(error) or type(error).__name__)
        raise
    command = FinishPackage(
        command_id=uuid5(job.id, "done"),
        number=package.number,
        elements=made.elements,
        size_bytes=made.size_bytes,
        sha256=made.sha256,
    )
    perform(job.database, job.actor, job.clock, finish_package, command)
    maker.clear()
    return _made(package.number, made.elements, made.size_bytes, made.sha256)


def _made(number: str, elements: int | None, size_bytes: int | None, sha256: str | None) -> dict[str, object]:
    facts = {"number": number, "elements": elements, "size_bytes": size_bytes, "sha256": sha256}
    return {**facts, "url": f"/archives/{number}"}


def _fail(job: RunningJob, number: str, reason: str) -> None:
    command = FailPackage(command_id=uuid5(job.id, "failed"), number=number, reason=reason)
    perform(job.database, job.actor, job.clock, fail_package, command)
