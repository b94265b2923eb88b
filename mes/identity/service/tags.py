"""A tag is put on a thing, replaced by another, or ends. A tag's row never goes: it ends, and its history stays."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field

from mes.core.commands import Answer, Command, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.identity import things
from mes.identity.facts import facts_of, thing_facts
from mes.identity.hexadecimal import require_epc, require_tid
from mes.identity.models import Tag
from mes.identity.queries import bound_by_tid, bound_tag, thing_of_epc
from mes.identity.rules import END_REASONS, REWRITTEN
from mes.identity.service.naming_things import named, named_to, thing_named
from mes.identity.things import Thing
from mes.ledger.service import record


class TagTaken(Conflict):
    """The tag is on another thing."""


class EpcTaken(Conflict):
    """The tag's EPC names another thing."""


class WearsTag(Conflict):
    """The thing wears another tag already; it can be replaced."""


class WearsNone(Conflict):
    """The thing wears no tag."""


class _OnTag(Command):
    """A tag as it was read. `verified`: a reader read the EPC back from the tag with this TID."""

    subject: str = Field(min_length=3, max_length=80)
    tid: str = Field(max_length=200)
    epc_hex: str = Field(max_length=300)
    verified: bool = False


class BindTag(_OnTag):
    """Put a tag on a thing."""


class ReplaceTag(_OnTag):
    """Put another tag on a thing; the present one ends for a reason of `rules.END_REASONS`."""

    reason: str = Field(max_length=20)


class EndTag(Command):
    """A thing loses its tag for a reason of `rules.END_REASONS`."""

    subject: str = Field(min_length=3, max_length=80)
    reason: str = Field(max_length=20)


class TagOn(Answer):
    """A tag and the thing it is on, or was on."""

    id: UUID
    subject: str
    number: str
    tid: str
    epc_hex: str
    verified: bool


@use_case("tag:bind")
def bind_tag(work: Work, command: BindTag) -> TagOn:
    """Put a tag on a thing that wears none. The same tag on the same thing again changes nothing.

    A tag that is on this very thing and was written anew keeps its place with the new EPC.

    Raises:
        NoSuchThing: no such thing.
        InvalidInput: TID or EPC cannot be right.
        TagTaken, EpcTaken: the tag, or its EPC, belongs to another thing, which the error names.
        WearsTag: the thing wears another tag.
    """
    thing = thing_named(work, command.subject)
    tid, epc_hex = _checked(work, thing, command)
    worn = bound_tag(work.session, thing.subject)
    if worn is not None and worn.tid != tid:
        facts = {"thing": named(thing), "tid": worn.tid}
        raise WearsTag(Text(N_("%(thing)s wears the tag %(tid)s already; replace it instead"), facts))
    if worn is not None and worn.epc_hex == epc_hex and worn.verified >= command.verified:
        return _answer(worn, thing)
    data: dict[str, Any] = {}
    if worn is not None:
        data["previous_epc_hex"] = worn.epc_hex
        _end(work, worn, REWRITTEN, command)
    return _put_on(work, "tag.bound", thing, (tid, epc_hex), command, data)


@use_case("tag:bind")
def replace_tag(work: Work, command: ReplaceTag) -> TagOn:
    """Put another tag on a thing in the place of the one it wears.

    Raises:
        NoSuchThing, InvalidInput, TagTaken, EpcTaken: see `bind_tag`.
        WearsNone: the thing wears no tag that could be replaced.
    """
    thing = thing_named(work, command.subject)
    reason = _reason(command.reason)
    worn = bound_tag(work.session, thing.subject)
    tid, epc_hex = _checked(work, thing, command)
    if worn is None:
        raise _wears_none(thing)
    if worn.tid == tid:
        facts = {"thing": named(thing), "tid": tid}
        raise TagTaken(Text(N_("%(tid)s is the very tag that %(thing)s wears; hold a new one to the reader"), facts))
    _end(work, worn, reason, command)
    data = {"replaced_tid": worn.tid, "previous_epc_hex": worn.epc_hex, "reason_code": reason}
    return _put_on(work, "tag.replaced", thing, (tid, epc_hex), command, data)


@use_case("tag:bind")
def end_tag(work: Work, command: EndTag) -> TagOn:
    """A thing wears its tag no longer.

    Raises:
        NoSuchThing: no such thing.
        InvalidInput: no such reason.
        WearsNone: it wears no tag.
    """
    thing = thing_named(work, command.subject)
    reason = _reason(command.reason)
    worn = bound_tag(work.session, thing.subject)
    if worn is None:
        raise _wears_none(thing)
    _end(work, worn, reason, command)
    _record(work, "tag.ended", thing, worn, command, {"reason_code": reason})
    return _answer(worn, thing)


def _checked(work: Work, thing: Thing, command: _OnTag) -> tuple[str, str]:
    """TID and EPC in normal form, free for this thing."""
    tid, epc_hex = require_tid(command.tid), require_epc(command.epc_hex)
    elsewhere = bound_by_tid(work.session, tid)
    if elsewhere is not None and elsewhere.subject != thing.subject:
        owner = named_to(work, things.of_subject(work.session, elsewhere.subject))
        raise TagTaken(Text(N_("The tag %(tid)s is on %(thing)s"), {"tid": tid, "thing": owner}))
    named = thing_of_epc(work.session, epc_hex)
    if named is not None and named.subject != thing.subject:
        facts = {"epc": epc_hex, "thing": named_to(work, named)}
        raise EpcTaken(Text(N_("The EPC %(epc)s on this tag is that of %(thing)s"), facts))
    return tid, epc_hex


def _wears_none(thing: Thing) -> WearsNone:
    return WearsNone(Text(N_("%(thing)s wears no tag"), {"thing": named(thing)}))


def _reason(code: str) -> str:
    if code not in END_REASONS:
        told = Text(N_("“%(reason)s” is no reason a tag ends for"), {"reason": code})
        raise InvalidInput(told, [Fault("reason", told)])
    return code


def _end(work: Work, tag: Tag, reason: str, command: Command) -> None:
    tag.ended_at, tag.ended_by, tag.end_reason = work.event_time(command), work.actor.name, reason
    work.session.flush()  # before the next one is put on: a thing wears one tag at a time


def _put_on(
    work: Work, kind: str, thing: Thing, memory: tuple[str, str], command: _OnTag, data: dict[str, Any]
) -> TagOn:
    tag = Tag(
        id=new_id(),
        subject=thing.subject,
        tid=memory[0],
        epc_hex=memory[1],
        verified=command.verified,
        bound_at=work.event_time(command),
        bound_by=work.actor.name,
    )
    work.session.add(tag)
    work.session.flush()
    _record(work, kind, thing, tag, command, data)
    return _answer(tag, thing)


def _record(work: Work, kind: str, thing: Thing, tag: Tag, command: Command, data: dict[str, Any]) -> None:
    facts = facts_of(work.session, thing)
    record(
        work,
        kind,
        [thing.subject],
        event_time=work.event_time(command),
        elements=[facts] if facts else [],
        data={
            "thing": thing_facts(thing),
            "tid": tag.tid,
            "epc_hex": tag.epc_hex,
            "verified": tag.verified,
            **data,
        },
    )


def _answer(tag: Tag, thing: Thing) -> TagOn:
    return TagOn(
        id=tag.id,
        subject=thing.subject,
        number=thing.number,
        tid=tag.tid,
        epc_hex=tag.epc_hex,
        verified=tag.verified,
    )
