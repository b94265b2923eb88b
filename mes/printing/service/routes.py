"""Routes: which label is printed where, and with which design."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field
from sqlalchemy import select

from labels.layout.design import Template
from mes.core.commands import Command, Done, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.printing.designs import design_for, fitting_designs, known_label, require_fit
from mes.printing.models import LabelRoute, Printer
from mes.printing.service.printers import the_printer
from mes.printing.words import LABEL_NAMES


class NoRoute(Conflict):
    """Nobody has said where this label is printed."""


class SetRoute(Command):
    """Print a kind of label here from now on. `station` empty: wherever no other route fits.

    `design` empty: the largest that the printer's labels take.
    """

    label: str = Field(max_length=30)
    station: str = Field("", max_length=40)
    printer: str = Field(max_length=30)
    design: str = Field("", max_length=40)


class RemoveRoute(Command):
    """Labels of this kind from this station go the way of all others again."""

    label: str = Field(max_length=30)
    station: str = Field("", max_length=40)


@dataclass(frozen=True)
class Destination:
    """Where a label goes and how it looks there."""

    printer: Printer
    design: Template


@use_case("printer:write")
def set_route(work: Work, command: SetRoute) -> Done:
    """Set or replace one route.

    Raises:
        NotFound: no such printer.
        InvalidInput: no such label or design, or the design is larger than the printer's media.
    """
    label = known_label(command.label)
    printer = the_printer(work, command.printer, active=True)
    design = _chosen_design(label, command.design, printer)
    route = find_route(work, label, command.station.strip())
    if route is None:
        route = LabelRoute(label=label, station=command.station.strip())
        work.session.add(route)
    route.design, route.printer = design.name, printer
    work.session.flush()
    return Done(id=route.id)


@use_case("printer:write")
def remove_route(work: Work, command: RemoveRoute) -> Done:
    """Remove one route.

    Raises:
        NotFound: there is none.
    """
    route = find_route(work, command.label, command.station.strip())
    if route is None:
        raise NotFound(Text(N_("There is no such route")))
    work.session.delete(route)
    work.session.flush()
    return Done(id=route.id)


def destination(work: Work, label: str, station: str, printer_code: str, design_name: str) -> Destination:
    """Where a label asked for at a station goes: a printer named on purpose, the station's route, else everybody's.

    Raises:
        NoRoute: nothing leads anywhere; says what to set up.
    """
    route = find_route(work, label, station) or find_route(work, label, "")
    if printer_code:
        printer = the_printer(work, printer_code, active=True)
        routed = route.design if route is not None and route.printer_id == printer.id else ""
        return Destination(printer, _chosen_design(label, design_name or routed, printer))
    if route is None:
        message = N_("Nobody has said where labels “%(label)s” are printed: choose a printer under Labels, Routes")
        raise NoRoute(Text(message, {"label": Text(LABEL_NAMES.get(label, label))}))
    return Destination(route.printer, _chosen_design(label, design_name or route.design, route.printer))


def find_route(work: Work, label: str, station: str) -> LabelRoute | None:
    """The route of exactly this label and station."""
    query = select(LabelRoute).where(LabelRoute.label == label, LabelRoute.station == station)
    return work.session.scalars(query).first()


def _chosen_design(label: str, name: str, printer: Printer) -> Template:
    if name:
        design = design_for(label, name)
        require_fit(design, printer)
        return design
    fitting = fitting_designs(label, printer)
    if not fitting:
        message = N_("No design of this label fits printer %(printer)s with labels of %(width)s × %(height)s mm")
        size = {"width": f"{printer.media_width_mm:g}", "height": f"{printer.media_height_mm:g}"}
        reason = Text(message, {"printer": printer.code, **size})
        raise InvalidInput(reason, [Fault("design", reason)])
    return fitting[0]
