"""Use cases of archive packages: asked for, generated, submitted, accepted or refused; each told to the ledger."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from mes.accounts.service import lock_numbers, next_number
from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.core.jobs import FINAL_STATES, enqueue, request_cancel
from mes.core.text import N_, Text
from mes.ledger.queries import last_sequence
from mes.ledger.service import record
from mes.traceability.archive.queries import KIND, latest_job, target_of
from mes.traceability.models import ArchivePackage

PREFIX = "CJDA"  # 城建档案
STOPPED = N_("Stopped by a person")
FOLLOWING = {"generated": {"submitted"}, "submitted": {"accepted", "refused"}, "refused": {"submitted"}}
"""Which state may follow by a person's word."""


class AskForPackage(Command):
    """Ask for a package of an element (its serial), an order (its number) or a project (its code)."""

    scope: Literal["element", "order", "project"]
    key: str = Field(min_length=1, max_length=60)


class PackageAsked(Answer):
    """The package and the job that makes it."""

    number: str
    job_id: UUID


class MakeAgain(Command):
    """Make a package that failed once more, under the same number."""

    number: str = Field(max_length=40)


class FinishPackage(Command):
    """What the job made."""

    number: str
    elements: int
    size_bytes: int
    sha256: str


class FailPackage(Command):
    """Why the job made nothing."""

    number: str
    reason: str


class SettlePackage(Command):
    """The package was handed in, or the archive has answered. A refusal needs a reason."""

    number: str = Field(max_length=40)
    state: Literal["submitted", "accepted", "refused"]
    reason: str = Field("", max_length=300)


class PackageState(Answer):
    """A package as it stands now."""

    number: str
    state: str


class StopPackage(Command):
    """Stop making a package."""

    number: str = Field(max_length=40)


class NotNow(Conflict):
    """The package is in a state in which this cannot be done."""


@use_case("archive:write")
def ask_for_package(work: Work, command: AskForPackage) -> PackageAsked:
    """Number a package and begin the job that makes it; one of the same thing that is being made is the answer.

    Raises:
        NothingToArchive: there is no such thing, or it is of a project this actor may not see.
    """
    target = target_of(work.session, work.actor, command.scope, command.key.strip())
    plant, now, year = target.project.plant, work.now(), work.today().year
    lock_numbers(work, plant, f"archive-{year}")  # two who ask at once get one package
    waiting = _in_making(work, target.scope, target.key)
    if waiting is not None:
        return waiting
    running = next_number(work, plant, f"archive-{year}")
    package = ArchivePackage(
        id=new_id(),
        number=f"{PREFIX}-{plant.code}-{year}-{running:06d}",
        scope=target.scope,
        scope_key=target.key,
        project_id=target.project.id,
        state="asked",
        asked_at=now,
        asked_by=work.actor.name,
        ledger_sequence=last_sequence(work.session),
        state_at=now,
    )
    work.session.add(package)
    _tell(work, "archive.asked", package)
    return PackageAsked(number=package.number, job_id=_enqueue(work, package))


@use_case("archive:write")
def make_again(work: Work, command: MakeAgain) -> PackageAsked:
    """Begin a new job for a package that failed.

    Raises:
        NotFound: there is none, or it is of a project this actor may not see.
        NotNow: it did not fail.
    """
    package = _locked(work, command.number)
    if package.state != "failed":
        raise NotNow(Text(N_("Only a package that could not be made is made again; ask for a new one instead")))
    _change(work, package, "asked", None)
    _tell(work, "archive.asked", package)
    return PackageAsked(number=package.number, job_id=_enqueue(work, package))


@use_case("archive:write")
def finish_package(work: Work, command: FinishPackage) -> PackageState:
    """The package's file is there."""
    package = _locked(work, command.number)
    if package.state == "generated" and package.sha256 == command.sha256:
        return PackageState(number=package.number, state=package.state)
    if package.state != "asked":
        raise NotNow(Text(N_("This package is not being made")))
    package.elements, package.size_bytes, package.sha256 = command.elements, command.size_bytes, command.sha256
    package.generated_at = work.now()
    _change(work, package, "generated", None)
    _tell(work, "archive.generated", package)
    return PackageState(number=package.number, state=package.state)


@use_case("archive:write")
def fail_package(work: Work, command: FailPackage) -> PackageState:
    """The package could not be made, or somebody stopped it; it can be made again."""
    package = _locked(work, command.number)
    if package.state == "asked":
        _change(work, package, "failed", command.reason[:300])
        _tell(work, "archive.failed", package)
    return PackageState(number=package.number, state=package.state)


@use_case("archive:write")
def stop_package(work: Work, command: StopPackage) -> PackageState:
    """Stop the job that makes a package; it can be made again.

    Raises:
        NotFound: there is none, or it is of a project this actor may not see.
        NotNow: it is not being made.
    """
    package = _locked(work, command.number)
    job = latest_job(work.session, package.number)
    if package.state != "asked" or job is None:
        raise NotNow(Text(N_("This package is not being made")))
    if job.state not in FINAL_STATES:
        request_cancel(work, job.id)
    if job.state in FINAL_STATES:  # it had not begun, so nobody else will say so
        _change(work, package, "failed", STOPPED)
        _tell(work, "archive.failed", package)
    return PackageState(number=package.number, state=package.state)


@use_case("archive:write")
def settle_package(work: Work, command: SettlePackage) -> PackageState:
    """Note that the package was handed in, or what the archive answered.

    Raises:
        NotFound: there is none, or it is of a project this actor may not see.
        NotNow: that cannot follow the state it is in.
        InvalidInput: a refusal without a reason.
    """
    package, reason = _locked(work, command.number), command.reason.strip()
    if command.state not in FOLLOWING.get(package.state, ()):
        raise NotNow(Text(N_("This cannot follow the state that the package is in")))
    if command.state == "refused" and not reason:
        words = Text(N_("Say why the archive refused it"))
        raise InvalidInput(words, [Fault("reason", words)])
    _change(work, package, command.state, reason or None)
    _tell(work, "archive.settled", package)
    return PackageState(number=package.number, state=package.state)


def _enqueue(work: Work, package: ArchivePackage) -> UUID:
    return enqueue(work, KIND, package.number, {"number": package.number})


def _in_making(work: Work, scope: str, key: str) -> PackageAsked | None:
    query = select(ArchivePackage).where(
        ArchivePackage.scope == scope, ArchivePackage.scope_key == key, ArchivePackage.state == "asked"
    )
    for package in work.session.scalars(query):
        job = latest_job(work.session, package.number)
        if job is not None and job.state not in FINAL_STATES:
            return PackageAsked(number=package.number, job_id=job.id)
    return None


def _locked(work: Work, number: str) -> ArchivePackage:
    query = select(ArchivePackage).where(ArchivePackage.number == number)
    if work.session.get_bind().dialect.name == "postgresql":
        query = query.with_for_update()
    package = work.session.scalars(query).first()
    if package is None or not work.actor.may_see_project(package.project_id):
        raise NotFound(Text(N_("There is no such archive package")))
    return package


def _change(work: Work, package: ArchivePackage, state: str, reason: str | None) -> None:
    package.state, package.reason, package.state_at = state, reason, work.now()


def _tell(work: Work, kind: str, package: ArchivePackage) -> None:
    told = {
        "number": package.number,
        "scope": package.scope,
        "key": package.scope_key,
        "state": package.state,
        "reason": package.reason,
        "sha256": package.sha256,
        "elements": package.elements,
    }
    data = {"package": {name: value for name, value in told.items() if value is not None}}
    record(work, kind, [f"archive:{package.number}"], event_time=work.now(), data=data)
