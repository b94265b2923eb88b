"""What is known of the job outside the pages: labels, a broken workbook, the ledger, and what the city has."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import openpyxl
import requests
from sqlalchemy import func, select

from mes.core.database import Database
from mes.ledger.models import LedgerEvent
from mes.ledger.verification import verify
from mes.orders.models import Element
from mes.traceability.models import Receipt
from quality import Dimensions, InspectionPlan, inspection_plan
from tests.system.running_plant import SLAB, RunningPlant, order_workbook, wait_until

UNKNOWN_TYPE = "没有这个型号"
DELIVERY_SECONDS = 90
"""Longest time the last events may need to reach the city on a busy machine."""
LIFE = (
    "commissioning",
    "assembling",  # onto its pallet
    "assembling",  # the lattice girders placed in it
    "inspecting",  # hidden works
    "other",  # concrete becomes the element; the CBV has no word for casting, curing and finishing
    "other",
    "inspecting",  # cubes of its batch
    "removing",  # from its pallet
    "other",
    "inspecting",  # final
    "inspecting",  # its certificate
    "storing",
    "loading",  # from here on the lorry's SSCC stands for it, until it is taken off
    "unloading",
)
"""Business steps (CBV) that the city knows of every element, but for the last one."""


@dataclass(frozen=True)
class OrderedElement:
    """An element as its label and drawing describe it."""

    serial: int
    family: str
    dimensions: Dimensions
    digital_link: str

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
    return OrderedElement(element.serial, kind.family, size, element.digital_link)


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


def check_ledger_and_city(
    plant: RunningPlant, elements: list[OrderedElement], last_steps: Sequence[Sequence[str]]
) -> None:
    """The ledger is whole; the city has every event with an EPCIS form once and in order, and each element's life.

    `last_steps` is what the site did with each element, as business steps of the CBV.
    """
    wait_until("every event to reach the city", lambda: not _unsettled(plant.database), DELIVERY_SECONDS, plant)
    with plant.database.reading() as session:
        assert verify(session).intact
        sent = [
            event_id
            for receipt in session.scalars(select(Receipt).where(Receipt.state == "delivered"))
            for event_id in receipt.event_ids
        ]
    summary = requests.get(f"{plant.platform_url}/api/summary", timeout=10).json()
    assert summary["sequence_violations"] == 0, summary
    assert summary["differing_receptions"] == 0, summary
    at_platform = [str(event["eventID"]) for event in _events(plant, "/events")]
    assert sorted(at_platform) == sorted(sent), f"{len(at_platform)} events at the city, {len(sent)} were sent"
    for element, last in zip(elements, last_steps, strict=True):
        story = sorted(str(event["bizStep"]) for event in _events(plant, _address(element)))
        assert story == sorted([*LIFE, *last]), f"element {element.serial}: {story}"


def _address(element: OrderedElement) -> str:
    return f"/epcs/{quote(element.digital_link, safe='')}/events"


def _events(plant: RunningPlant, address: str) -> list[dict[str, object]]:
    """What the city answers to a query; the whole story fits on one page."""
    answer = requests.get(plant.platform_url + address, params={"perPage": 100}, timeout=10)
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
