"""Commands and use cases: the only way in which anything changes.

A *command* is a pydantic model with a `command_id` made by the client. A *use case* is a function
`(work, command) -> answer`, marked with the permission it needs. The first answer to a command id is kept, and
given again for a repeat, so that an offline tablet may send as often as it likes.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime
from typing import Annotated, Any, Protocol, TypeVar, cast, get_type_hints
from uuid import UUID, uuid5

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import String
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from mes.core.actor import Actor
from mes.core.clock import Clock
from mes.core.database import Base, Database
from mes.core.errors import CommandReused, Conflict, StaleVersion
from mes.core.ids import new_id
from mes.core.text import N_, Text

MOST_ATTEMPTS = 4
PASSING_STATES = frozenset({"40P01", "40001"})  # PostgreSQL: deadlock detected, serialization failure


def _datable(moment: datetime) -> datetime:
    """A moment that has a date in every zone: the first and last days of the calendar have not."""
    if not MINYEAR < moment.year < MAXYEAR:
        raise ValueError("no such moment")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_datable)]
"""When something happened, as a client says it."""


class Command(BaseModel):
    """Base of every command. `occurred_at` is when it happened, if that is not now (an offline tablet)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command_id: UUID = Field(default_factory=new_id)
    occurred_at: Moment | None = None

    def child_id(self, name: str) -> UUID:
        """The id for a further command that this one causes: the same each time."""
        return uuid5(self.command_id, name)


class Answer(BaseModel):
    """Base of what a use case returns; kept as JSON and given again for a repeated command."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Done(Answer):
    """An answer that says no more than that it was done."""

    id: UUID | None = None


class CommandRecord(Base):
    """The first answer to each command id."""

    __tablename__ = "command"

    command_id: Mapped[UUID] = mapped_column(primary_key=True)
    use_case: Mapped[str] = mapped_column(String(80))  # module.function
    content_sha256: Mapped[str] = mapped_column(String(64))  # of the command's JSON without its id
    actor_id: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime]
    answer: Mapped[dict[str, Any]]


@dataclass(frozen=True)
class Work:
    """What a use case works with: the open transaction, who asks, and the clock."""

    session: Session
    actor: Actor
    clock: Clock

    def now(self) -> datetime:
        """The present moment in UTC."""
        return self.clock.now()

    def today(self) -> date:
        """The factory's date."""
        return self.clock.now().astimezone(self.clock.zone).date()

    def event_time(self, command: Command) -> datetime:
        """When the thing happened: as the command says, but never later than now."""
        now = self.now()
        return min(command.occurred_at, now) if command.occurred_at else now

    def as_actor(self, actor: Actor) -> Work:
        """The same transaction and clock for somebody else."""
        return Work(self.session, actor, self.clock)


C = TypeVar("C", bound=Command, contravariant=True)
A = TypeVar("A", bound=Answer, covariant=True)


class UseCase(Protocol[C, A]):
    """A function that changes something, once per command id."""

    permission: str
    __name__: str

    def __call__(self, work: Work, command: C) -> A: ...


def use_case(permission: str) -> Callable[[Callable[[Work, C], A]], UseCase[C, A]]:
    """Make a function a use case: permission checked, repeats answered from the record.

    The function must be annotated with its answer's type, a subclass of `Answer`.
    """

    def decorate(function: Callable[[Work, C], A]) -> UseCase[C, A]:
        name = f"{function.__module__}.{function.__name__}".removeprefix("mes.")

        @functools.wraps(function)
        def call(work: Work, command: C) -> A:
            work.actor.require(permission)
            digest = content_digest(command)
            first = work.session.get(CommandRecord, command.command_id)
            if first is not None:
                return cast(A, _first_answer(first, name, digest, function))
            answer = function(work, command)
            work.session.add(
                CommandRecord(
                    command_id=command.command_id,
                    use_case=name,
                    content_sha256=digest,
                    actor_id=work.actor.id,
                    recorded_at=work.now(),
                    answer=answer.model_dump(mode="json"),
                )
            )
            work.session.flush()
            return answer

        marked = cast(Any, call)
        marked.permission = permission
        return cast(UseCase[C, A], marked)

    return decorate


def content_digest(command: Command) -> str:
    """SHA-256 of the command's JSON without its id."""
    content = command.model_dump_json(exclude={"command_id"})
    return hashlib.sha256(content.encode()).hexdigest()


def _first_answer(first: CommandRecord, name: str, digest: str, function: Callable[..., Answer]) -> Answer:
    if (first.use_case, first.content_sha256) != (name, digest):
        raise CommandReused(
            Text(N_("Command %(id)s was used before for something else"), {"id": str(first.command_id)})
        )
    answer_type = get_type_hints(function)["return"]
    return cast(Answer, answer_type.model_validate(first.answer))


def perform(database: Database, actor: Actor, clock: Clock, use: UseCase[C, A], command: C) -> A:
    """Run a use case in a transaction of its own.

    Raises:
        StaleVersion: somebody else changed the same thing in between.
    """
    for attempt in range(MOST_ATTEMPTS):
        last = attempt == MOST_ATTEMPTS - 1
        try:
            return _once(database, actor, clock, use, command)
        except OperationalError as error:
            if last or not is_passing(error):
                raise
        except (Conflict, IntegrityError) as error:
            # The same command on another thread may have been first: then its answer is the answer.
            if isinstance(error, CommandReused):
                raise
            if not _answered(database, command):
                _give_up(error, attempt)
    raise AssertionError("unreachable: the last attempt returns or raises")


def is_passing(error: OperationalError) -> bool:
    """Whether a database error goes away by itself: a deadlock, a serialisation failure, a locked SQLite file."""
    state = getattr(error.orig, "sqlstate", None)
    return state in PASSING_STATES or "database is locked" in str(error.orig)


def _give_up(error: Conflict | IntegrityError, attempt: int) -> None:
    """A refusal stands; two people who made the same thing at once are tried once more, then told."""
    if isinstance(error, Conflict):
        raise error
    if attempt:
        raise Conflict(Text(N_("Somebody else was faster; look again and repeat"))) from error


def rehearse(database: Database, actor: Actor, clock: Clock, use: UseCase[C, A], command: C) -> A:
    """Run a use case wholly and take everything back: its answer and its errors are those of the real thing."""
    with database.session() as session:
        session.connection(execution_options={"mes_write": True})
        answer = use(Work(session, actor, clock), command)
        session.rollback()
        return answer


def _once(database: Database, actor: Actor, clock: Clock, use: UseCase[C, A], command: C) -> A:
    try:
        with database.writing() as session:
            return use(Work(session, actor, clock), command)
    except StaleDataError as error:
        raise StaleVersion(Text(N_("Somebody else changed this in the meantime; look at it again"))) from error


def _answered(database: Database, command: Command) -> bool:
    with database.reading() as session:
        return session.get(CommandRecord, command.command_id) is not None
