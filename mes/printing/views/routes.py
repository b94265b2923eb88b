"""Which label is printed where: a table of stations and labels, each cell filled with one choice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from labels.layout.kinds import label_kinds
from mes.core import web
from mes.core.text import N_
from mes.printing import queries, service
from mes.printing.designs import fitting_designs
from mes.printing.models import LabelRoute, Printer
from mes.printing.service import RemoveRoute, SetRoute
from mes.printing.stations import LabelStation, stations
from mes.printing.views.room import page, pages

SEPARATOR = "|"


@dataclass(frozen=True)
class Choice:
    """A printer and a design that its labels take."""

    printer: Printer
    design: str
    size: str

    @property
    def value(self) -> str:
        """How a form names it."""
        return f"{self.printer.code}{SEPARATOR}{self.design}"

    @property
    def words(self) -> str:
        """How people read it."""
        return f"{self.printer.code} · {self.size}"


@dataclass(frozen=True)
class Row:
    """A station with its routes by label; the first row is everybody's."""

    station: LabelStation
    chosen: dict[str, str]


@pages.get("/label-routes")
@web.permission("printer:read")
def routes() -> str:
    """The table of routes."""
    session = web.reading()
    found = queries.routes(session)
    everybodys = [route for route in found if not route.station]
    choices = {label: _choices(label, queries.printers(session)) for label in label_kinds()}
    return page(
        "routes.html",
        "routes",
        labels=label_kinds(),
        rows=_rows(session, found),
        choices=choices,
        on_phone=request.args.get("label", next((label for label in label_kinds() if choices[label]), "")),
        everywhere={route.label: f"{route.printer.code} · {_size(route.design)}" for route in everybodys},
    )


@pages.post("/label-routes")
@web.permission("printer:write")
def set_route() -> Response | WerkzeugResponse:
    """Set one cell; an empty choice removes the route."""
    form = request.form
    label, station = form.get("label", ""), form.get("station", "")
    printer, _, design = form.get("choice", "").partition(SEPARATOR)
    command_id = web.form_command_id()
    if printer:
        command = SetRoute(command_id=command_id, label=label, station=station, printer=printer, design=design)
        web.perform(service.set_route, command)
    else:
        web.perform(service.remove_route, RemoveRoute(command_id=command_id, label=label, station=station))
    if not request.headers.get("HX-Request"):
        return redirect(url_for("printing.routes"), 303)
    toast = {"toast": {"message": web.gettext(N_("Saved")), "kind": "good"}, "routes": {}}
    return Response("", headers={"HX-Trigger": json.dumps(toast)})


def _rows(session: Session, found: Sequence[LabelRoute]) -> list[Row]:
    offered = stations(session)
    known = {station.code for station in offered}
    further = sorted({route.station for route in found} - known - {""})
    everywhere = LabelStation("", web.gettext(N_("Everywhere")))
    listed = [everywhere, *offered, *(LabelStation(code, code) for code in further)]
    return [
        Row(
            station,
            {
                route.label: f"{route.printer.code}{SEPARATOR}{route.design}"
                for route in found
                if route.station == station.code
            },
        )
        for station in listed
    ]


def _choices(label: str, devices: Sequence[Printer]) -> list[Choice]:
    return [
        Choice(device, design.name, _size(design.name))
        for device in devices
        for design in fitting_designs(label, device)
    ]


def _size(design: str) -> str:
    """A design's size as its name says it: element-100x70 is 100×70."""
    return design.rpartition("-")[2].replace("x", "×")
