"""Whose a key, a name or a tag is, and what names and tags a thing has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from labels import LabelError, Scan, parse
from labels.aliases.forms import recognise
from mes.core.actor import Actor
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.identity import own_names, things
from mes.identity.hexadecimal import tidy_hex
from mes.identity.models import Alias, Tag, TagReader
from mes.identity.rules import rules
from mes.identity.things import Thing


@dataclass(frozen=True)
class Found:
    """A thing that a scan led to. `ended`: by a tag that is not on it any more."""

    thing: Thing
    ended: Tag | None = None


@dataclass(frozen=True)
class Names:
    """What a thing is called beside its key: the tag it wears, those it wore (the last first), its other names."""

    subject: str
    tag: Tag | None
    former_tags: tuple[Tag, ...]
    aliases: tuple[Alias, ...]


def find(session: Session, actor: Actor, scan: Scan) -> Thing | None:
    """The thing that a scan names by its key, another name, or a tag; None where this actor may see none.

    Numbers typed by hand are left to the rooms.
    """
    found = find_with_tag(session, actor, scan)
    return found.thing if found else None


def find_with_tag(session: Session, actor: Actor, scan: Scan) -> Found | None:
    """As `find`; a tag that was replaced or ended leads to the thing it was on, and is named."""
    found = _found(session, scan)
    return found if found is not None and things.may_see(actor, found.thing) else None


def _found(session: Session, scan: Scan) -> Found | None:
    hexadecimal = tag_digits(scan.text)
    bound = _tag(session, hexadecimal, bound=True) if hexadecimal else None
    thing = things.of_subject(session, bound.subject) if bound else None
    if thing is not None:
        return Found(thing)
    key = own_names.owned_key(session, scan.key)
    thing = (things.of_key(session, key) if key else None) or _of_alias(session, scan.text)
    ended = _ended(session, hexadecimal) if hexadecimal and thing is None else None
    if ended is not None:
        thing = things.of_subject(session, ended.subject)
    return Found(thing, ended) if thing else None


def ended_tag_words(tag: Tag) -> Text:
    """What to tell somebody who read a tag that is not on its thing any more. `ended_at` is named by the page."""
    if tag.end_reason == "wrong":
        return Text(N_("This tag was on it by mistake"))
    return Text(N_("This tag was replaced or taken off; the thing may wear another"))


def tag_digits(text: str) -> str:
    """The digits of a tag's memory that a text is; empty if it is none."""
    tidied = tidy_hex(text)
    shortest = min(rules().tid_digits[0], rules().epc_digits[0])
    is_hex = len(tidied) >= shortest and len(tidied) % 4 == 0 and set(tidied) <= set("0123456789ABCDEF")
    return tidied if is_hex else ""


def _tag(session: Session, digits: str, *, bound: bool) -> Tag | None:
    """A tag by its TID, or else by its EPC."""
    at = Tag.ended_at.is_(None) if bound else Tag.ended_at.is_not(None)
    for column in (Tag.tid, Tag.epc_hex):
        found = session.scalars(select(Tag).where(column == digits, at).order_by(Tag.ended_at.desc()).limit(1)).first()
        if found is not None:
            return found
    return None


def _ended(session: Session, digits: str) -> Tag | None:
    return _tag(session, digits, bound=False)


def _of_alias(session: Session, text: str) -> Thing | None:
    """The thing that has a text as another name, in whichever scheme it may be one; None where two have it."""
    names = [and_(Alias.scheme == scheme, Alias.value == value) for scheme, value in recognise(text)]
    subjects = set(session.scalars(select(Alias.subject).where(or_(*names)).limit(2))) if names else set()
    return things.of_subject(session, subjects.pop()) if len(subjects) == 1 else None


def bound_tag(session: Session, subject: str) -> Tag | None:
    """The tag that a thing wears."""
    return session.scalars(select(Tag).where(Tag.subject == subject, Tag.ended_at.is_(None))).first()


def bound_by_tid(session: Session, tid: str) -> Tag | None:
    """The tag with this TID, where it is on something now."""
    return session.scalars(select(Tag).where(Tag.tid == tid, Tag.ended_at.is_(None))).first()


def tags_with_tid(session: Session, tid: str) -> Sequence[Tag]:
    """Everything a tag was on, the present or last first."""
    query = select(Tag).where(Tag.tid == tid).order_by(Tag.ended_at.is_not(None), Tag.bound_at.desc(), Tag.id.desc())
    return session.scalars(query).all()


def thing_of_epc(session: Session, epc_hex: str) -> Thing | None:
    """The thing whose EPC this is: as its bound tag holds it, or as its key says."""
    query = select(Tag.subject).where(Tag.epc_hex == epc_hex, Tag.ended_at.is_(None)).limit(1)
    subject = session.scalars(query).first()
    if subject is not None:
        return things.of_subject(session, subject)
    key = own_names.owned_key(session, key_of_epc(epc_hex))
    return things.of_key(session, key) if key else None


def key_of_epc(epc_hex: str) -> dict[str, str]:
    """The key that an EPC says; empty where it is none we know."""
    scan = scan_of_epc(epc_hex)
    return dict(scan.key) if scan else {}


def scan_of_epc(epc_hex: str) -> Scan | None:
    """What an EPC says; None where it says nothing we know."""
    try:
        return parse(epc_hex)
    except LabelError:
        return None


def aliases_of(session: Session, subjects: Sequence[str]) -> dict[str, list[Alias]]:
    """The other names of some things, by subject and in the order of their schemes; things without one are left out."""
    query = select(Alias).where(Alias.subject.in_(subjects)).order_by(Alias.scheme, Alias.value)
    found: dict[str, list[Alias]] = {}
    for alias in session.scalars(query):
        found.setdefault(alias.subject, []).append(alias)
    return found


def names_of(session: Session, subject: str) -> Names:
    """Tags and other names of a thing."""
    tags = session.scalars(select(Tag).where(Tag.subject == subject).order_by(Tag.bound_at.desc(), Tag.id.desc())).all()
    aliases = session.scalars(select(Alias).where(Alias.subject == subject).order_by(Alias.scheme, Alias.value)).all()
    return Names(
        subject,
        next((tag for tag in tags if tag.ended_at is None), None),
        tuple(tag for tag in tags if tag.ended_at is not None),
        tuple(aliases),
    )


def readers(session: Session, use: str = "", *, active: bool = False) -> Sequence[TagReader]:
    """Readers by code."""
    query = select(TagReader).order_by(TagReader.code)
    if use:
        query = query.where(TagReader.use == use)
    if active:
        query = query.where(TagReader.active.is_(True))
    return session.scalars(query).all()


def reader(session: Session, reader_id: UUID) -> TagReader:
    """A reader.

    Raises:
        NotFound: there is none.
    """
    return _there(session.get(TagReader, reader_id), str(reader_id))


def reader_by_code(session: Session, code: str) -> TagReader:
    """A reader by its code.

    Raises:
        NotFound: there is none.
    """
    return _there(session.scalars(select(TagReader).where(TagReader.code == code.strip().upper())).first(), code)


def _there(found: TagReader | None, name: str) -> TagReader:
    if found is None:
        raise NotFound(Text(N_("There is no reader %(code)s"), {"code": name[:40]}))
    return found
