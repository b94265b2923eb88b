"""The register of moulds: one is registered once, described anew, leaves service for a time or for good, comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from labels.errors import LabelError
from mes.accounts.service import the_plant
from mes.core.commands import Command, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, MesError, StaleVersion
from mes.core.ids import new_id
from mes.core.scanning import read_code, refusal
from mes.core.text import N_, Text
from mes.identity.naming import naming_of
from mes.library.atlas import Family
from mes.library.families import FAMILY_NAMES
from mes.library.models import ComponentType, Mould
from mes.library.mould_codes import code_in, mould_coded, mould_named
from mes.library.service.types import current_types
from mes.library.service_life import ComeBack, LeaveService, Stands, Tidy, come_back, leave_service, record_life
from mes.library.things import mould_thing

LARGEST_MM = 60_000
FACTS = (
    "drawing_number",
    "length_mm",
    "width_mm",
    "height_mm",
    "maker",
    "remark",
    "casts",
    "casts_between_maintenance",
)

Size = Annotated[int, Field(gt=0, le=LARGEST_MM)]


class MouldDescribed(Command):
    """What a mould is. `casts` were made with it before it was registered here; lengths are the mould's own."""

    type_code: Annotated[str, Tidy] = Field("", max_length=60)
    drawing_number: Annotated[str, Tidy] = Field("", max_length=60)
    length_mm: Size | None = None
    width_mm: Size | None = None
    height_mm: Size | None = None
    maker: Annotated[str, Tidy] = Field("", max_length=120)
    remark: Annotated[str, Tidy] = Field("", max_length=300)
    casts: int = Field(0, ge=0, le=1_000_000)
    casts_between_maintenance: int = Field(200, ge=1, le=100_000)


class RegisterMould(MouldDescribed):
    """A mould of the plant. Without `type_code` it makes every type of its family."""

    code: Annotated[str, Tidy] = Field(min_length=1, max_length=40)
    family: Family


class MouldDescribedAnew(MouldDescribed):
    """A mould's description, whole. `newest_revision`: it makes its type as that is now."""

    newest_revision: bool = False
    expected_version: int | None = None


class AmendMould(MouldDescribedAnew):
    """Describe a mould anew; its code and family stay."""

    code: str = Field(max_length=40)


class RetireMould(LeaveService):
    """A mould leaves service: for a time (repair, storage) or `for_good` (scrapped, sold)."""

    code: str = Field(max_length=40)


class ReturnMould(ComeBack):
    """A mould that left service for a time is in service again."""

    code: str = Field(max_length=40)


class MouldStands(Stands):
    """A mould after what was done; `state` is in_service | withdrawn | retired."""

    code: str


@use_case("mould:write")
def register_mould(work: Work, command: RegisterMould) -> MouldStands:
    """Enter a mould into the register; platforms hear that its identity began.

    Raises:
        InvalidInput: a fault at a field: the code is taken or fits no key, the type is unknown or of another family.
    """
    faults = list(mould_faults(work.session, command))
    if faults:
        raise InvalidInput(Text(N_("Some fields are not right")), faults)
    made = _type_named(work.session, command.type_code)
    mould = Mould(id=new_id(), code=command.code, family=command.family.value, component_type_id=made and made.id)
    for name in FACTS:
        setattr(mould, name, getattr(command, name))
    work.session.add(mould)
    ensure_registered(work, mould, work.event_time(command))
    return _answer(mould)


def mould_faults(session: Session, command: RegisterMould) -> Iterator[Fault]:
    """What is wrong with a description of a new mould, by field."""
    if mould_coded(session, command.code) is not None:
        yield Fault("code", Text(N_("There is a mould %(code)s already"), {"code": command.code}))
    try:
        naming_of(the_plant(session)).mould(command.code)
    except LabelError as error:
        yield Fault("code", refusal(error))
    else:
        if not _is_read_as_itself(session, command.code):
            text = N_("Scanned, this would be read as something else; take another code, such as M-%(code)s")
            yield Fault("code", Text(text, {"code": command.code}))
    yield from _type_faults(session, command.type_code, command.family.value)


def _is_read_as_itself(session: Session, code: str) -> bool:
    try:
        scan = read_code(code)
        return not scan.key and code_in(session, code) == code
    except MesError:
        return False


def _type_faults(session: Session, type_code: str, family: str) -> Iterator[Fault]:
    if not type_code:
        return
    made = _type_named(session, type_code)
    if made is None:
        yield Fault("type_code", Text(N_("The library has no type %(code)s"), {"code": type_code}))
    elif made.family != family:
        words = {"code": made.type_code, "family": Text(FAMILY_NAMES[made.family])}
        yield Fault("type_code", Text(N_("Type %(code)s is of another family: %(family)s"), words))


def _type_named(session: Session, type_code: str) -> ComponentType | None:
    return current_types(session, [type_code]).get(type_code) if type_code else None


def ensure_registered(work: Work, mould: Mould, at: datetime) -> None:
    """Tell once that the mould exists: when it is registered; of one that was there before the register, at last
    before anything else is told of it."""
    if mould.registered_at is None:
        mould.registered_at = at
        _tell(work, "mould.registered", mould, at)


@use_case("mould:write")
def amend_mould(work: Work, command: AmendMould) -> MouldStands:
    """Describe a mould anew; the same description changes nothing.

    Raises:
        UnknownMould: no mould has this code.
        StaleVersion: somebody else changed it since `expected_version`.
        Conflict: it was retired for good.
        InvalidInput: the type is unknown or of another family.
    """
    mould = _locked(work, command.code)
    if command.expected_version not in (None, mould.version):
        raise StaleVersion(Text(N_("Somebody else has changed mould %(code)s meanwhile"), {"code": mould.code}))
    if mould.retired_at is not None:
        raise Conflict(Text(N_("Mould %(code)s was retired for good; it stays as it was"), {"code": mould.code}))
    faults = list(_type_faults(work.session, command.type_code, mould.family))
    if faults:
        raise InvalidInput(Text(N_("Some fields are not right")), faults)
    before = mould_facts(work.session, mould)
    for name in FACTS:
        setattr(mould, name, getattr(command, name))
    mould.component_type_id = _type_after(work.session, mould, command)
    after = mould_facts(work.session, mould)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        at = work.event_time(command)
        ensure_registered(work, mould, at)
        _tell(work, "mould.amended", mould, at, changed=changed)
    return _answer(mould, changed=bool(changed))


def _type_after(session: Session, mould: Mould, command: AmendMould) -> UUID | None:
    """The type it makes; the same code keeps the revision that the mould was made for, until it is said otherwise."""
    present = session.get(ComponentType, mould.component_type_id) if mould.component_type_id else None
    if present is not None and present.type_code == command.type_code and not command.newest_revision:
        return present.id
    made = _type_named(session, command.type_code)
    return made.id if made is not None else None


@use_case("mould:write")
def retire_mould(work: Work, command: RetireMould) -> MouldStands:
    """Take a mould out of service, for a time or for good.

    Raises:
        UnknownMould: no mould has this code.
        Conflict: it has left already, or holds elements.
    """
    mould = _locked(work, command.code)
    for ask in _before_retiring:
        held = ask(work.session, mould)
        if held is not None:
            raise Conflict(held)
    at = work.event_time(command)
    ensure_registered(work, mould, at)
    what = leave_service(mould, _name(mould), at, for_good=command.for_good)
    _tell(work, f"mould.{what}", mould, at, reason=command.reason)
    return _answer(mould)


@use_case("mould:write")
def return_mould(work: Work, command: ReturnMould) -> MouldStands:
    """Put a mould back into service.

    Raises:
        UnknownMould: no mould has this code.
        Conflict: it is in service, or was retired for good.
    """
    mould, at = _locked(work, command.code), work.event_time(command)
    come_back(mould, _name(mould))
    ensure_registered(work, mould, at)
    _tell(work, "mould.returned", mould, at, **({"remark": command.remark} if command.remark else {}))
    return _answer(mould)


Holding = Callable[[Session, Mould], Text | None]
_before_retiring: list[Holding] = []


def before_retiring(ask: Holding) -> Holding:
    """Ask a room above whether it needs the mould still, and why (a decorator)."""
    _before_retiring.append(ask)
    return ask


def mould_facts(session: Session, mould: Mould) -> dict[str, Any]:
    """A mould as an event of its own keeps it."""
    made = session.get(ComponentType, mould.component_type_id) if mould.component_type_id else None
    facts = {"code": mould.code, "family": mould.family, **{name: getattr(mould, name) for name in FACTS}}
    return {**facts, "type_code": made and made.type_code, "type_revision": made and made.revision}


def mould_subject(mould: Mould) -> str:
    """The mould's name in the ledger."""
    return f"mould:{mould.code}"


def _name(mould: Mould) -> Text:
    return Text(N_("Mould %(code)s"), {"code": mould.code})


def _locked(work: Work, code: str) -> Mould:
    """The mould, so that nobody else uses or changes it meanwhile."""
    found = mould_named(work.session, code)
    query = select(Mould).where(Mould.id == found.id).with_for_update()
    return work.session.scalars(query.execution_options(populate_existing=True)).one()


def _tell(work: Work, kind: str, mould: Mould, at: datetime, **data: Any) -> None:
    work.session.flush()
    facts = {"mould": mould_facts(work.session, mould), **data}
    record_life(work, kind, mould_thing(work.session, mould), at, facts)


def _answer(mould: Mould, *, changed: bool = True) -> MouldStands:
    return MouldStands(id=mould.id, code=mould.code, state=mould.service_state, changed=changed)
