"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from typing import Any

from flask_openapi3 import APIBlueprint, Tag

from mes.core import web
from mes.core.commands import Done
from mes.core.paging import paged
from mes.printing import queries, service
from mes.printing.models import PrintJob
from mes.printing.schemas import (
    CommandBody,
    JobPage,
    JobPath,
    JobQuery,
    JobShape,
    NewPrinterBody,
    PrintBody,
    PrinterBody,
    PrinterList,
    PrinterPath,
    PrinterQuery,
    PrinterShape,
    ReprintBody,
    RouteBody,
    RouteList,
    RouteQuery,
    RouteShape,
    SettleBody,
)
from mes.printing.service import (
    AddPrinter,
    CancelJob,
    ChangePrinter,
    JobSettled,
    JobsMade,
    PrintLabels,
    RemoveRoute,
    ReprintJob,
    RetirePrinter,
    SetRoute,
    SettleJob,
)
from mes.printing.service.scope import in_scope

api = APIBlueprint(
    "printing_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="labels and printers")],
    abp_security=[{"token": []}, {"session": []}],
)


@api.get("/print-jobs", responses={200: JobPage})
@web.permission("label:print")
def list_jobs(query: JobQuery) -> dict[str, Any]:
    """Print jobs, by number."""
    wanted = queries.visible_jobs(web.actor())
    if query.state:
        wanted = wanted.where(PrintJob.state == query.state)
    if query.printer:
        printer = queries.printer_by_code(web.reading(), query.printer)
        wanted = wanted.where(PrintJob.printer_id == printer.id)
    rows, further = paged(web.reading(), wanted, PrintJob.number, query)
    seen = in_scope(web.reading(), web.actor(), rows)
    return JobPage(items=[JobShape.of(row) for row in seen], next=further).model_dump(mode="json")


@api.post("/print-jobs", responses={200: JobsMade})
@web.permission("label:print")
def print_labels(body: PrintBody) -> dict[str, Any]:
    """Put labels into the queue of the printer that their route leads to; nothing waits for a printer."""
    settings = web.settings()
    command = PrintLabels(
        **body.model_dump(), public_url=settings.effective_public_url, tag_user_bits=settings.tag_user_bits
    )
    return web.perform(service.print_labels, command).model_dump(mode="json")


@api.get("/print-jobs/<int:number>", responses={200: JobShape})
@web.permission("label:print")
def read_job(path: JobPath) -> dict[str, Any]:
    """A print job and what became of it."""
    return JobShape.of(queries.job_by_number(web.reading(), web.actor(), path.number)).model_dump(mode="json")


@api.post("/print-jobs/<int:number>/reprint", responses={200: JobsMade})
@web.permission("label:print")
def reprint(path: JobPath, body: ReprintBody) -> dict[str, Any]:
    """Print labels of a job again, as a new job with a reason; of an unknown job, the others count as printed."""
    command = ReprintJob(number=path.number, **body.model_dump())
    return web.perform(service.reprint, command).model_dump(mode="json")


@api.post("/print-jobs/<int:number>/settle", responses={200: JobSettled})
@web.permission("label:print")
def settle(path: JobPath, body: SettleBody) -> dict[str, Any]:
    """Say what became of a job whose outcome nobody knew."""
    command = SettleJob(number=path.number, **body.model_dump())
    return web.perform(service.settle, command).model_dump(mode="json")


@api.post("/print-jobs/<int:number>/cancel", responses={200: JobSettled})
@web.permission("label:print")
def cancel(path: JobPath, body: CommandBody) -> dict[str, Any]:
    """Withdraw labels that still wait."""
    command = CancelJob(number=path.number, command_id=body.command_id)
    return web.perform(service.cancel, command).model_dump(mode="json")


@api.get("/printers", responses={200: PrinterList})
@web.permission("printer:read")
def list_printers(query: PrinterQuery) -> dict[str, Any]:
    """Printers and how they are."""
    session = web.reading()
    waiting = queries.waiting_counts(session)
    rows = queries.printers(session, retired=query.retired)
    return PrinterList(items=[PrinterShape.of(row, waiting.get(row.id, 0)) for row in rows]).model_dump(mode="json")


@api.post("/printers", responses={200: Done})
@web.permission("printer:write")
def add_printer(body: NewPrinterBody) -> dict[str, Any]:
    """Make a printer known; labels come to it once a route leads there."""
    return web.perform(service.add_printer, AddPrinter(**body.model_dump())).model_dump(mode="json")


@api.get("/printers/<code>", responses={200: PrinterShape})
@web.permission("printer:read")
def read_printer(path: PrinterPath) -> dict[str, Any]:
    """A printer and how it is."""
    session = web.reading()
    printer = queries.printer_by_code(session, path.code)
    waiting = queries.waiting_counts(session).get(printer.id, 0)
    return PrinterShape.of(printer, waiting).model_dump(mode="json")


@api.put("/printers/<code>", responses={200: Done})
@web.permission("printer:write")
def change_printer(path: PrinterPath, body: PrinterBody) -> dict[str, Any]:
    """Describe a printer anew; one that was retired is in use again."""
    command = ChangePrinter(code=path.code, **body.model_dump())
    return web.perform(service.change_printer, command).model_dump(mode="json")


@api.post("/printers/<code>/retire", responses={200: Done})
@web.permission("printer:write")
def retire_printer(path: PrinterPath, body: CommandBody) -> dict[str, Any]:
    """Take a printer out of use."""
    command = RetirePrinter(code=path.code, command_id=body.command_id)
    return web.perform(service.retire_printer, command).model_dump(mode="json")


@api.get("/label-routes", responses={200: RouteList})
@web.permission("printer:read")
def list_routes() -> dict[str, Any]:
    """Which label is printed where."""
    return RouteList(items=[RouteShape.of(route) for route in queries.routes(web.reading())]).model_dump(mode="json")


@api.put("/label-routes", responses={200: Done})
@web.permission("printer:write")
def set_route(body: RouteBody) -> dict[str, Any]:
    """Set or replace one route."""
    return web.perform(service.set_route, SetRoute(**body.model_dump())).model_dump(mode="json")


@api.delete("/label-routes", responses={200: Done})
@web.permission("printer:write")
def remove_route(query: RouteQuery) -> dict[str, Any]:
    """Remove one route: such labels go the way of all others."""
    return web.perform(service.remove_route, RemoveRoute(**query.model_dump())).model_dump(mode="json")
