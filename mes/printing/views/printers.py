"""Printers: how they are, what they are, a test label."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Response, flash, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import InvalidInput, MesError
from mes.core.form_faults import faults_of
from mes.core.text import N_, Text
from mes.printing import queries, service
from mes.printing.models import Printer
from mes.printing.service import AddPrinter, ChangePrinter, PrintTestLabel, RetirePrinter
from mes.printing.service.printers import DescribePrinter
from mes.printing.views.queue import made
from mes.printing.views.room import faults_by_field, language, page, pages

D = TypeVar("D", bound=DescribePrinter)
FIELDS = ("code", "name", "kind", "host", "port", "dpi", "media_width_mm", "media_height_mm")
SWITCHES = ("writes_rfid", "answers_status")
NEW = {
    "kind": "zpl",
    "port": 9100,
    "dpi": 203,
    "media_width_mm": 100,
    "media_height_mm": 70,
    "answers_status": True,
}
MEDIA = ((100, 70), (60, 40), (105, 148), (86, 54), (210, 297))
"""Sizes of the designs that come with the product, offered for a tap."""


@pages.get("/printers")
@web.permission("printer:read")
def printers() -> str:
    """Every printer: how it is, what waits for it; it renews itself."""
    session = web.reading()
    routed: dict[object, int] = {}
    for route in queries.routes(session):
        routed[route.printer_id] = routed.get(route.printer_id, 0) + 1
    return page(
        "printers.html",
        "printers",
        printers=queries.printers(session, retired=True),
        counts=queries.waiting_counts(session),
        routed=routed,
    )


@pages.get("/printers/new")
@web.permission("printer:write")
def new_printer() -> str:
    """The form for a further printer."""
    return _form(None, NEW, None)


@pages.post("/printers")
@web.permission("printer:write")
def add_printer() -> Response | WerkzeugResponse:
    """Make a printer known."""
    try:
        web.perform(service.add_printer, _described(AddPrinter, request.form.get("code", "").strip().upper()))
    except MesError as error:
        return Response(_form(None, _typed(), error), status=error.status)
    flash(web.gettext(N_("The printer is there; now say which labels go to it")), "good")
    return redirect(url_for("printing.routes"), 303)


@pages.get("/printers/<code>")
@web.permission("printer:read")
def printer(code: str) -> str:
    """One printer, as it was described."""
    found = queries.printer_by_code(web.reading(), code)
    return _form(found, {name: getattr(found, name) for name in (*FIELDS, *SWITCHES)}, None)


@pages.post("/printers/<code>")
@web.permission("printer:write")
def change_printer(code: str) -> Response | WerkzeugResponse:
    """Describe a printer anew."""
    try:
        web.perform(service.change_printer, _described(ChangePrinter, code))
    except MesError as error:
        found = queries.printer_by_code(web.reading(), code)
        return Response(_form(found, _typed(), error), status=error.status)
    flash(web.gettext(N_("Saved")), "good")
    return redirect(url_for("printing.printers"), 303)


@pages.post("/printers/<code>/retire")
@web.permission("printer:write")
def retire_printer(code: str) -> WerkzeugResponse:
    """Take a printer out of use."""
    web.perform(service.retire_printer, RetirePrinter(command_id=web.form_command_id(), code=code))
    flash(web.gettext(N_("Printer %(code)s is retired"), code=code), "info")
    return redirect(url_for("printing.printers"), 303)


@pages.post("/printers/<code>/test")
@web.permission("printer:write")
def print_test(code: str) -> Response | WerkzeugResponse:
    """Print a label that stands for nothing."""
    command = PrintTestLabel(
        command_id=web.form_command_id(),
        code=code,
        language="en" if language() == "en" else "zh",
        public_url=web.settings().effective_public_url,
    )
    return made(web.perform(service.print_test_label, command))


def _form(found: Printer | None, typed: dict[str, Any], error: MesError | None) -> str:
    return page(
        "printer.html",
        "printers",
        printer=found,
        typed=typed,
        error=web.in_words(error.reason) if error else "",
        errors=faults_by_field(error),
        media=MEDIA,
    )


def _typed() -> dict[str, Any]:
    form = request.form
    return {name: form.get(name, "").strip() for name in FIELDS} | {name: name in form for name in SWITCHES}


def _described(command: type[D], code: str) -> D:
    facts = _typed() | {"code": code, "command_id": web.form_command_id()}
    facts["dpi"] = int(facts["dpi"]) if str(facts["dpi"]).isdecimal() else facts["dpi"]
    try:
        return command.model_validate({name: value for name, value in facts.items() if value != ""})
    except ValidationError as error:
        raise InvalidInput(Text(N_("Some fields are not right")), faults_of(error)) from error
