"""What is printed on a label; plain records, filled by the caller in the caller's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class ElementLabel:
    """One element's label. Empty texts and None are printed as a dash, or left out with their mark."""

    type_code: str
    family: str
    project: str
    building: str
    floor: str
    position: str
    serial: str
    digital_link: str
    epc_hex: str = ""
    weight_kg: float | None = None
    length_mm: float | None = None
    width_mm: float | None = None
    thickness_mm: float | None = None
    concrete_grade: str = ""
    produced_on: date | None = None
    plant: str = ""
    status: str = ""


@dataclass(frozen=True)
class PalletLabel:
    """A pallet's label; ``code`` is what its QR symbol says, ``P:<number>`` if none is given."""

    number: str
    line: str = ""
    length_mm: float | None = None
    width_mm: float | None = None
    capacity_kg: float | None = None
    plant: str = ""
    code: str = ""


@dataclass(frozen=True)
class LoadLabel:
    """A load's label with its SSCC of 18 digits; ``contents`` are lines such as ``YB-1 × 6``."""

    sscc: str
    project: str
    site_address: str = ""
    delivery_note: str = ""
    vehicle_plate: str = ""
    driver: str = ""
    loaded_on: date | None = None
    element_count: int | None = None
    weight_kg: float | None = None
    contents: tuple[str, ...] = ()
    plant: str = ""
