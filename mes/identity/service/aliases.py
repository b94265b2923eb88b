"""Other names of things: given and taken away again. What was is in the ledger."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from labels.aliases.forms import normal_form
from labels.aliases.schemes import scheme_named
from labels.errors import LabelError
from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.identity import things
from mes.identity.facts import facts_of, thing_facts
from mes.identity.models import Alias
from mes.identity.service.naming_things import named_to, thing_named
from mes.identity.things import Thing
from mes.ledger.service import record


class AliasTaken(Conflict):
    """Another thing has this name."""


class GiveAlias(Command):
    """Give a thing another name: a scheme of `labels.aliases`, and the name as it is written."""

    subject: str = Field(min_length=3, max_length=80)
    scheme: str = Field(max_length=30)
    value: str = Field(min_length=1, max_length=120)


class TakeAlias(Command):
    """Take a name away again."""

    alias_id: UUID


class AliasOf(Answer):
    """A thing's other name in its scheme's normal form."""

    id: UUID
    subject: str
    scheme: str
    value: str


@use_case("alias:write")
def give_alias(work: Work, command: GiveAlias) -> AliasOf:
    """Give a thing another name; the same name again changes nothing.

    Raises:
        NoSuchThing: no such thing.
        InvalidInput: no such scheme, or the name breaks its form; says where.
        AliasTaken: another thing has the name; names it.
    """
    thing = thing_named(work, command.subject)
    value = _normal(command.scheme, command.value)
    query = select(Alias).where(Alias.scheme == command.scheme, Alias.value == value)
    there = work.session.scalars(query).first()
    if there is not None and there.subject != thing.subject:
        owner = named_to(work, things.of_subject(work.session, there.subject))
        raise AliasTaken(Text(N_("“%(value)s” is the name of %(thing)s"), {"value": value, "thing": owner}))
    if there is not None:
        return _answer(there)
    row = Alias(
        id=new_id(),
        subject=thing.subject,
        scheme=command.scheme,
        value=value,
        given_at=work.event_time(command),
        given_by=work.actor.name,
    )
    work.session.add(row)
    work.session.flush()
    _record(work, "alias.given", thing, row, command)
    return _answer(row)


@use_case("alias:write")
def take_alias(work: Work, command: TakeAlias) -> AliasOf:
    """Take a name away.

    Raises:
        NotFound: there is no such name, or it is of a thing that is not this actor's to see.
    """
    row = work.session.get(Alias, command.alias_id)
    thing = things.of_subject(work.session, row.subject) if row else None
    if row is None or thing is None or not things.may_see(work.actor, thing):
        raise NotFound(Text(N_("There is no such name")))
    work.session.delete(row)
    work.session.flush()
    _record(work, "alias.ended", thing, row, command)
    return _answer(row)


def _normal(scheme: str, value: str) -> str:
    where = "scheme"
    try:
        scheme_named(scheme)
        where = "value"
        normal = normal_form(scheme, value)
    except LabelError as error:
        told = Text(N_("This name cannot be right: %(reason)s"), {"reason": str(error)})
        raise InvalidInput(told, [Fault(where, told)]) from error
    if len(normal) > 120:
        told = Text(N_("A name has at most %(count)s characters"), {"count": 120})
        raise InvalidInput(told, [Fault("value", told)])
    return normal


def _record(work: Work, kind: str, thing: Thing, row: Alias, command: Command) -> None:
    facts = facts_of(work.session, thing)
    data: dict[str, Any] = {"thing": thing_facts(thing), "scheme": row.scheme, "value": row.value}
    event_time = work.event_time(command)
    record(work, kind, [thing.subject], event_time=event_time, elements=[facts] if facts else [], data=data)


def _answer(row: Alias) -> AliasOf:
    return AliasOf(id=row.id, subject=row.subject, scheme=row.scheme, value=row.value)
