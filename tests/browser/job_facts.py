"""What is known of the job outside the pages: labels, a broken workbook, the ledger, and what the city has."""

from __future__ import annotations

import io
from dataclasses import dataclass
from urllib.parse import quote

import openpyxl
import requests
from sqlalchemy import func, select

from mes.core.database import Database
from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.ledger.verification import verify
from mes.orders.elements import element_subject
from mes.orders.models import Element
from mes.traceability.models import Receipt
from quality import Dimensions, InspectionPlan, inspection_plan
from tests.system.running_plant import SLAB, RunningPlant, order_workbook, wait_until

UNKNOWN_TYPE = "没有这个型号"
DELIVERY_SECONDS = 90
"""Longest time the last events may need to reach the city on a busy machine."""


@dataclass(frozen=True)
class OrderedElement:
    """An element as its label and drawing describe it."""

    serial: int
    family: str
    dimensions: Dimensions
    digital_link: str
    subject: str

    def plan(self, kind: str) -> InspectionPlan:
        """What an inspection of it asks for."""
        return inspection_plan(kind, self.family, self.dimensions)


def ordered_elements(database: Database) -> list[OrderedElement]:
    """The elements of the order by their serials."""
    with database.reading() as session:
        return [_ordered(element) for element in session.scalars(select(Element).order_by(Element.serial))]


def _ordered(element: Element) -> OrderedElement:
    kind = element.component_type
    size = Dimensions(kind.length_mm, kind.width_mm, kind.thickness_mm)
    return OrderedElement(element.serial, kind.family, size, element.digital_link, element_subject(element))


def states(database: Database) -> list[str]:
    """The elements' states by their serials."""
    with database.reading() as session:
        return list(session.scalars(select(Element.state).order_by(Element.serial)))


def broken_workbook(count: int) -> tuple[bytes, str, str]:
    """The right workbook with one type code that nobody knows, and the sheet and cell of this fault."""
    book = openpyxl.load_workbook(io.BytesIO(order_workbook(count)))
    places = [
        (sheet, cell) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value == SLAB
    ]
    sheet, cell = places[1]
    sheet[cell.coordinate] = UNKNOWN_TYPE
    target = io.BytesIO()
    book.save(target)
    return target.getvalue(), sheet.title, cell.coordinate


def check_ledger_and_city(plant: RunningPlant, elements: list[OrderedElement]) -> None:
    """The ledger is whole, and the city has every event that has an EPCIS form exactly once and in order."""
    wait_until("every event to reach the city", lambda: not _unsettled(plant.database), DELIVERY_SECONDS, plant)
    with plant.database.reading() as session:
        assert verify(session).intact
        sent = [
            event_id
            for receipt in session.scalars(select(Receipt).where(Receipt.state == "delivered"))
            for event_id in receipt.event_ids
        ]
    assert len(sent) == len(set(sent))
    summary = requests.get(f"{plant.platform_url}/api/summary", timeout=10).json()
    assert summary["distinct_events"] == len(sent)
    assert summary["sequence_violations"] == 0
    assert summary["differing_receptions"] == 0
    for element in elements:
        at_platform = sorted(str(event["eventID"]) for event in events_at_platform(plant, element))
        sent_about = sorted(_sent_about(plant.database, element))
        import json
        print([(e["eventID"][-40:-20], e["type"], e.get("bizStep")) for e in events_at_platform(plant, element)])
        with plant.database.reading() as session:
            for r, ev in session.execute(select(Receipt, LedgerEvent).join(LedgerEvent, LedgerEvent.sequence==Receipt.event_sequence)): print(r.state, ev.kind, [x[-40:-20] for x in r.event_ids], r.identifiers)
        assert at_platform == sent_about, f"element {element.serial}: {at_platform} at the city, {sent_about} sent"


def events_at_platform(plant: RunningPlant, element: OrderedElement) -> list[dict[str, object]]:
    """An element's story as the city tells it."""
    address = f"{plant.platform_url}/epcs/{quote(element.digital_link, safe='')}/events"
    answer = requests.get(address, params={"perPage": 100}, timeout=10)
    assert answer.ok, answer.text
    found: list[dict[str, object]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


def _unsettled(database: Database) -> int:
    """How many events have neither reached the city nor been found to have no EPCIS form."""
    with database.reading() as session:
        events = session.scalar(select(func.count()).select_from(LedgerEvent)) or 0
        final = ("delivered", "not_sent")
        settled = session.scalar(select(func.count()).select_from(Receipt).where(Receipt.state.in_(final))) or 0
        return events - settled


def _sent_about(database: Database, element: OrderedElement) -> list[str]:
    query = (
        select(Receipt)
        .join(LedgerSubject, LedgerSubject.event_sequence == Receipt.event_sequence)
        .where(LedgerSubject.subject == element.subject, Receipt.state == "delivered")
    )
    with database.reading() as session:
        return [str(event_id) for receipt in session.scalars(query) for event_id in receipt.event_ids]
