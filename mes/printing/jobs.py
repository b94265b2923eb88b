"""Printing in the worker: a thread per printer, so that one that is away keeps nobody else waiting."""

from __future__ import annotations

import threading
from uuid import UUID

from sqlalchemy import select

from mes.core.clock import Clock
from mes.core.database import Database
from mes.core.tending import Tending
from mes.printing.models import Printer
from mes.printing.sender import PrinterSender


def start_printing(database: Database, clock: Clock, owner: str, stop_event: threading.Event) -> Tending:
    """Start serving every network printer; ends when `stop_event` is set.

    After any trouble a new sender begins, which finds what the old one left half done; a job that takes longer than the
    worker waits for its end becomes unknown at the next start.
    """

    def serve(printer_id: UUID) -> None:
        sender = PrinterSender(database, clock, printer_id, owner, stop_event)
        while not stop_event.is_set():
            stop_event.wait(sender.serve_once())
        sender.close()

    served = select(Printer.id).where(Printer.active, Printer.kind == "zpl")
    loop = Tending("printing", database, lambda session: session.scalars(served), serve, stop_event)
    loop.start()
    return loop
