"""Printers: added, changed, retired."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlalchemy import select

from mes.core.commands import Command, Done, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.printing.designs import fits, load_design
from mes.printing.models import LabelRoute, Printer, PrintJob

CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
HOST = r"^[A-Za-z0-9._:-]*$"
OPEN_STATES = ("queued", "printing")


class PrinterInUse(Conflict):
    """Something still leads to this printer."""


class DescribePrinter(Command):
    """A printer as it stands there. `media` is one label, or the sheet of a printer that makes a file."""

    code: str = Field(pattern=CODE, max_length=30)
    name: str = Field(min_length=1, max_length=80)
    kind: Literal["zpl", "pdf"]
    host: str = Field("", pattern=HOST, max_length=120)
    port: int = Field(9100, ge=1, le=65535)
    dpi: Literal[203, 300, 600] = 203
    media_width_mm: float = Field(ge=15, le=330)
    media_height_mm: float = Field(ge=10, le=1000)
    writes_rfid: bool = False
    answers_status: bool = True


class AddPrinter(DescribePrinter):
    """A printer that was not here before."""


class ChangePrinter(DescribePrinter):
    """A printer stands elsewhere, has other labels, or comes back after it was retired."""


class RetirePrinter(Command):
    """Nothing is printed there any more."""

    code: str = Field(max_length=30)


@use_case("printer:write")
def add_printer(work: Work, command: AddPrinter) -> Done:
    """Make a printer known; nothing is printed there before a route leads to it.

    Raises:
        Conflict: its code is taken.
        InvalidInput: a network printer without an address.
    """
    if find_printer(work, command.code) is not None:
        raise Conflict(Text(N_("There is a printer %(code)s already"), {"code": command.code}))
    printer = Printer(code=command.code, active=True, state="", answers_status=True)
    _describe(printer, command)
    work.session.add(printer)
    work.session.flush()
    return Done(id=printer.id)


@use_case("printer:write")
def change_printer(work: Work, command: ChangePrinter) -> Done:
    """Describe a printer anew; its queue goes on there. A retired one is in use again.

    Raises:
        NotFound: there is no such printer.
        PrinterInUse: a route's design does not fit the new media.
    """
    printer = the_printer(work, command.code)
    if printer.kind != command.kind and _open_jobs(work, printer):
        raise PrinterInUse(Text(N_("Labels wait for %(code)s; withdraw them first"), {"code": printer.code}))
    _describe(printer, command)
    printer.active, printer.state, printer.state_reason, printer.state_at = True, "", None, None
    cut = [route for route in _routes_to(work, printer) if not fits(load_design(route.design), printer)]
    if cut:
        raise PrinterInUse(
            Text(
                N_("A route prints %(design)s on %(code)s, which would be cut off; change that route first"),
                {"design": cut[0].design, "code": printer.code},
            )
        )
    return Done(id=printer.id)


@use_case("printer:write")
def retire_printer(work: Work, command: RetirePrinter) -> Done:
    """Take a printer out of use; what it has printed stays known.

    Raises:
        NotFound: there is no such printer.
        PrinterInUse: labels wait for it, or routes lead to it.
    """
    printer = the_printer(work, command.code)
    if _open_jobs(work, printer):
        raise PrinterInUse(Text(N_("Labels wait for %(code)s; withdraw them first"), {"code": printer.code}))
    if _routes_to(work, printer):
        raise PrinterInUse(Text(N_("Routes lead to %(code)s; lead them elsewhere first"), {"code": printer.code}))
    printer.active = False
    return Done(id=printer.id)


def find_printer(work: Work, code: str) -> Printer | None:
    """The printer of this code, locked for the transaction."""
    query = select(Printer).where(Printer.code == code).with_for_update()
    return work.session.scalars(query).first()


def the_printer(work: Work, code: str, *, active: bool = False) -> Printer:
    """The printer of this code.

    Raises:
        NotFound: there is none.
        Conflict: it must be in use, and is retired.
    """
    printer = find_printer(work, code)
    if printer is None:
        raise NotFound(Text(N_("There is no printer %(code)s"), {"code": code}))
    if active and not printer.active:
        raise Conflict(Text(N_("Printer %(code)s is retired"), {"code": code}))
    return printer


def _describe(printer: Printer, command: DescribePrinter) -> None:
    if command.kind == "zpl" and not command.host:
        reason = Text(N_("A network printer needs its address"))
        raise InvalidInput(reason, [Fault("host", reason)])
    if command.kind == "pdf" and command.writes_rfid:
        reason = Text(N_("A file to download writes no tags"))
        raise InvalidInput(reason, [Fault("writes_rfid", reason)])
    for name in ("name", "kind", "host", "port", "dpi", "media_width_mm", "media_height_mm"):
        setattr(printer, name, getattr(command, name))
    printer.writes_rfid, printer.answers_status = command.writes_rfid, command.answers_status


def _open_jobs(work: Work, printer: Printer) -> bool:
    waiting = (PrintJob.printer_id == printer.id) & PrintJob.state.in_(OPEN_STATES)
    return work.session.scalars(select(PrintJob.id).where(waiting).limit(1)).first() is not None


def _routes_to(work: Work, printer: Printer) -> list[LabelRoute]:
    work.session.flush()
    return list(work.session.scalars(select(LabelRoute).where(LabelRoute.printer_id == printer.id)))
