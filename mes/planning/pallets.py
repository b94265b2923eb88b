"""The register of pallets: they come with their line's set-up or one by one, leave service and come back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import select

from mes.core.commands import Command, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound, StaleVersion
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.library.service_life import ComeBack, LeaveService, Stands, Tidy, come_back, leave_service, record_life
from mes.planning.models import Line, Pallet, PalletLoad
from mes.planning.things import pallet_thing

LARGEST_NUMBER = 65535  # what a station's register holds

Number = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]


class _Described(Command):
    line: Annotated[str, Tidy] = Field(min_length=1, max_length=20)
    remark: Annotated[str, Tidy] = Field("", max_length=300)


class RegisterPallet(_Described):
    """A pallet of a line, by the number painted on it."""

    number: Number


class PalletDescribedAnew(_Described):
    """A pallet's line, and what is noted of it."""

    expected_version: int | None = None


class AmendPallet(PalletDescribedAnew):
    """Move a pallet to another line, or note something of it; its number stays."""

    number: Number


class RetirePallet(LeaveService):
    """A pallet leaves service: for a time (repair) or `for_good` (scrapped, sold)."""

    number: Number


class ReturnPallet(ComeBack):
    """A pallet that left service for a time is in service again."""

    number: Number


class PalletStands(Stands):
    """A pallet after what was done; `state` is in_service | withdrawn | retired."""

    number: int


@use_case("line:write")
def register_pallet(work: Work, command: RegisterPallet) -> PalletStands:
    """Enter a pallet into the register; platforms hear that its identity began.

    Raises:
        InvalidInput: a fault at a field: the number is taken, or there is no such line.
    """
    line, faults = _line(work, command.line), []
    if line is None:
        faults.append(Fault("line", Text(N_("There is no line %(line)s"), {"line": command.line})))
    if work.session.scalars(select(Pallet.id).where(Pallet.number == command.number)).first() is not None:
        faults.append(Fault("number", Text(N_("There is a pallet %(number)s already"), {"number": command.number})))
    if line is None or faults:
        raise InvalidInput(Text(N_("Some fields are not right")), faults)
    pallet = add_pallet(work, line, command.number, work.event_time(command), remark=command.remark, by_hand=True)
    return _answer(pallet)


@use_case("line:write")
def amend_pallet(work: Work, command: AmendPallet) -> PalletStands:
    """Describe a pallet anew; the same description changes nothing.

    Raises:
        NotFound: no such pallet.
        StaleVersion: somebody else changed it since `expected_version`.
        Conflict: it was retired for good, or carries a load and is to go to another line.
        InvalidInput: there is no such line.
    """
    pallet = _locked(work, command.number)
    if command.expected_version not in (None, pallet.version):
        raise StaleVersion(Text(N_("Somebody else has changed pallet %(number)s meanwhile"), {"number": pallet.number}))
    if pallet.retired_at is not None:
        text = N_("Pallet %(number)s was retired for good; it stays as it was")
        raise Conflict(Text(text, {"number": pallet.number}))
    line = _line(work, command.line)
    if line is None:
        told = Text(N_("There is no line %(line)s"), {"line": command.line})
        raise InvalidInput(told, [Fault("line", told)])
    before = pallet_facts(pallet)
    if line.id != pallet.line_id:
        require_empty(work, pallet)
        pallet.line, pallet.by_hand = line, True
    pallet.remark = command.remark
    after = pallet_facts(pallet)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        at = work.event_time(command)
        ensure_registered(work, pallet, at)
        _tell(work, "pallet.amended", pallet, at, changed=changed)
    return _answer(pallet, changed=bool(changed))


@use_case("line:write")
def retire_pallet(work: Work, command: RetirePallet) -> PalletStands:
    """Take a pallet out of service, for a time or for good.

    Raises:
        NotFound: no such pallet.
        Conflict: it has left already, or carries a load.
    """
    pallet = _locked(work, command.number)
    take_out(work, pallet, work.event_time(command), command.reason, for_good=command.for_good)
    pallet.by_hand = True
    return _answer(pallet)


@use_case("line:write")
def return_pallet(work: Work, command: ReturnPallet) -> PalletStands:
    """Put a pallet back into service.

    Raises:
        NotFound: no such pallet.
        Conflict: it is in service, or was retired for good.
    """
    pallet = _locked(work, command.number)
    put_back(work, pallet, work.event_time(command), command.remark)
    pallet.by_hand = True
    return _answer(pallet)


# What the set-up of a line does as well.


def add_pallet(work: Work, line: Line, number: int, at: datetime, *, remark: str = "", by_hand: bool = False) -> Pallet:
    """A new pallet of a line, told of at once."""
    pallet = Pallet(id=new_id(), line=line, number=number, remark=remark, by_hand=by_hand)
    work.session.add(pallet)
    ensure_registered(work, pallet, at)
    return pallet


def ensure_registered(work: Work, pallet: Pallet, at: datetime) -> None:
    """Tell once that the pallet exists: when it is registered; of one that was there before the register, at last
    before anything else is told of it."""
    if pallet.registered_at is None:
        pallet.registered_at = at
        _tell(work, "pallet.registered", pallet, at)


def take_out(work: Work, pallet: Pallet, at: datetime, reason: str, *, for_good: bool = False) -> None:
    """The pallet leaves service.

    Raises:
        Conflict: it has left already, or carries a load.
    """
    require_empty(work, pallet)
    ensure_registered(work, pallet, at)
    what = leave_service(pallet, _name(pallet), at, for_good=for_good)
    _tell(work, f"pallet.{what}", pallet, at, **({"reason": reason} if reason else {}))


def put_back(work: Work, pallet: Pallet, at: datetime, remark: str = "") -> None:
    """The pallet is in service again.

    Raises:
        Conflict: it is in service, or was retired for good.
    """
    come_back(pallet, _name(pallet))
    ensure_registered(work, pallet, at)
    _tell(work, "pallet.returned", pallet, at, **({"remark": remark} if remark else {}))


def require_empty(work: Work, pallet: Pallet) -> None:
    """Raise `Conflict` where the pallet carries a load that is on its line."""
    query = select(PalletLoad.number).where(PalletLoad.pallet_id == pallet.id, PalletLoad.state == "running")
    load = work.session.scalars(query.limit(1)).first()
    if load is not None:
        words = {"pallet": pallet.number, "load": load}
        raise Conflict(Text(N_("Pallet %(pallet)s carries load %(load)s; wait until it has left the line"), words))


def pallet_facts(pallet: Pallet) -> dict[str, Any]:
    """A pallet as an event of its own keeps it."""
    line = pallet.line
    return {
        "number": pallet.number,
        "line": line.code,
        "line_name": line.name,
        "length_mm": line.pallet_length_mm,
        "width_mm": line.pallet_width_mm,
        "max_load_kg": line.pallet_max_load_kg,
        "remark": pallet.remark,
    }


def _name(pallet: Pallet) -> Text:
    return Text(N_("Pallet %(number)s"), {"number": pallet.number})


def _line(work: Work, code: str) -> Line | None:
    return work.session.scalars(select(Line).where(Line.code == code)).first()


def _locked(work: Work, number: int) -> Pallet:
    """The pallet, so that no load enters on it meanwhile: entries lock the line first."""
    found = work.session.scalars(select(Pallet).where(Pallet.number == number)).first()
    if found is None:
        raise NotFound(Text(N_("There is no pallet %(number)s"), {"number": number}))
    work.session.get(Line, found.line_id, with_for_update=True)
    work.session.refresh(found, with_for_update=True)
    return found


def _tell(work: Work, kind: str, pallet: Pallet, at: datetime, **data: Any) -> None:
    work.session.flush()
    record_life(work, kind, pallet_thing(work.session, pallet), at, {"pallet": pallet_facts(pallet), **data})


def _answer(pallet: Pallet, *, changed: bool = True) -> PalletStands:
    return PalletStands(id=pallet.id, number=pallet.number, state=pallet.service_state, changed=changed)
