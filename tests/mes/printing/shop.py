"""A plant with elements, printers and routes, for tests of printing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

import mes.kinds  # noqa: F401 - what has a label
from mes.core.actor import Actor
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.ledger.models import LedgerEvent
from mes.ledger.queries import events_of
from mes.orders.models import Element
from mes.printing import service
from mes.printing.models import Printer, PrintJob
from mes.printing.service import AddPrinter, JobsMade, PrintLabels, SetRoute
from tests.conftest import NOW, actor, create_plant
from tests.factories import SLAB, create_order, elements_of

PUBLIC_URL = "https://mes.example"


@dataclass
class Shop:
    """Elements to label, and everything that printing does."""

    database: Database
    clock: SetClock
    elements: list[Element] = field(default_factory=list)
    planner: Actor = field(default_factory=lambda: actor("planner"))
    operator: Actor = field(default_factory=lambda: actor("operator", "林师傅"))

    @property
    def subjects(self) -> list[str]:
        return [f"element:{element.serial}" for element in self.elements]

    def printer(self, code: str = "ZT1", **more: Any) -> Printer:
        """A network printer for labels of 100 × 70 mm, unless said otherwise."""
        facts = {"name": f"Printer {code}", "kind": "zpl", "host": "127.0.0.1", "port": 9}
        media = {"media_width_mm": 100, "media_height_mm": 70}
        command = AddPrinter.model_validate({"code": code, **facts, **media, **more})
        perform(self.database, self.planner, self.clock, service.add_printer, command)
        with self.database.reading() as session:
            return session.scalars(select(Printer).where(Printer.code == code)).one()

    def route(self, printer: str = "ZT1", label: str = "element", station: str = "", design: str = "") -> None:
        """Lead a label to a printer."""
        command = SetRoute(label=label, station=station, printer=printer, design=design)
        perform(self.database, self.planner, self.clock, service.set_route, command)

    def print(self, *subjects: str, who: Actor | None = None, **more: Any) -> JobsMade:
        """Ask for labels; of the first element unless said otherwise."""
        command = PrintLabels.model_validate(
            {"subjects": subjects or self.subjects[:1], "public_url": PUBLIC_URL, **more}
        )
        return perform(self.database, who or self.operator, self.clock, service.print_labels, command)

    def do(self, use: Any, command: Any, who: Actor | None = None) -> Any:
        """Any other use case, as the operator."""
        return perform(self.database, who or self.operator, self.clock, use, command)

    def job(self, number: int) -> PrintJob:
        """A job as it is now."""
        with self.database.reading() as session:
            job = session.scalars(select(PrintJob).where(PrintJob.number == number)).one()
            assert job.printer.code
            return job

    def jobs(self) -> list[PrintJob]:
        """All jobs, in the order in which they were asked for."""
        with self.database.reading() as session:
            return list(session.scalars(select(PrintJob).order_by(PrintJob.number)))

    def set(self, number: int, **columns: Any) -> None:
        """As the sender would leave a job."""
        with self.database.writing() as session:
            job = session.scalars(select(PrintJob).where(PrintJob.number == number)).one()
            for name, value in columns.items():
                setattr(job, name, value)

    def reprinted(self, subject: str) -> list[LedgerEvent]:
        """What the ledger says of further labels of a thing."""
        with self.database.reading() as session:
            return [event for event in events_of(session, subject) if event.kind == "label.reprinted"]


def open_shop(database: Database, count: int = 4) -> Shop:
    """A plant with an order of so many slabs."""
    clock = SetClock(NOW)
    create_plant(database, clock)
    imported = create_order(database, clock, [(SLAB, count)])
    return Shop(database, clock, elements_of(database, imported))
