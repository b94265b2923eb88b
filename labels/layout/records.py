"""What is printed on a label; plain records, filled by the caller in the caller's language.

In every record ``identity_url`` is what the QR symbol says: a GS1 Digital Link, the address of a plant's own code, or a
company code such as ``S:A-03``. ``plain_text`` are short lines that somebody without a network can read out or type in;
where none are given, they are made of the most telling fields. ``epc_hex`` and ``user_memory_hex`` are what goes into
the label's RFID tag. Empty texts and None are printed as a dash, or left out together with their caption.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Arrow = Literal["", "left", "right", "up", "down"]


@dataclass(frozen=True)
class ElementLabel:
    """One element's label."""

    type_code: str
    family: str
    project: str
    building: str
    floor: str
    position: str
    serial: str
    identity_url: str
    epc_hex: str = ""
    weight_kg: float | None = None
    length_mm: float | None = None
    width_mm: float | None = None
    thickness_mm: float | None = None
    concrete_grade: str = ""
    produced_on: date | None = None
    plant: str = ""
    status: str = ""
    plain_text: tuple[str, ...] = ()
    user_memory_hex: str = ""


@dataclass(frozen=True)
class PalletLabel:
    """A pallet's label; its QR symbol says ``P:<number>`` where no ``identity_url`` is given."""

    number: str
    line: str = ""
    length_mm: float | None = None
    width_mm: float | None = None
    capacity_kg: float | None = None
    plant: str = ""
    identity_url: str = ""
    plain_text: tuple[str, ...] = ()
    epc_hex: str = ""
    user_memory_hex: str = ""


@dataclass(frozen=True)
class MouldLabel:
    """A mould's label; ``makes`` are the type codes that it is for."""

    code: str
    identity_url: str
    family: str = ""
    makes: tuple[str, ...] = ()
    casts_between_maintenance: int | None = None
    plant: str = ""
    plain_text: tuple[str, ...] = ()
    epc_hex: str = ""
    user_memory_hex: str = ""


@dataclass(frozen=True)
class SlotLabel:
    """A yard slot's label, to be read from a forklift; ``capacity`` counts elements, ``arrow`` points to the slot.

    The QR symbol says ``S:<code>`` where no ``identity_url`` is given.
    """

    code: str
    yard: str = ""
    storage: str = ""
    capacity: int | None = None
    arrow: Arrow = ""
    plant: str = ""
    identity_url: str = ""
    plain_text: tuple[str, ...] = ()
    epc_hex: str = ""
    user_memory_hex: str = ""


@dataclass(frozen=True)
class RackLabel:
    """A rack's label; the QR symbol says ``S:<code>`` where no ``identity_url`` is given."""

    code: str
    yard: str = ""
    storage: str = ""
    capacity: int | None = None
    load_limit_kg: float | None = None
    plant: str = ""
    identity_url: str = ""
    plain_text: tuple[str, ...] = ()
    epc_hex: str = ""
    user_memory_hex: str = ""


@dataclass(frozen=True)
class BatchLabel:
    """The label of a batch of concrete, of a cube, or of a lot of material.

    ``quantity`` comes with its unit. The QR symbol says ``B:<lot>`` where no ``identity_url`` is given.
    """

    lot: str
    material: str = ""
    grade: str = ""
    quantity: str = ""
    produced_at: datetime | date | None = None
    supplier: str = ""
    note: str = ""
    plant: str = ""
    identity_url: str = ""
    plain_text: tuple[str, ...] = ()
    epc_hex: str = ""
    user_memory_hex: str = ""


@dataclass(frozen=True)
class BadgeLabel:
    """A person's badge; it has no photo. The QR symbol says ``U:<number>`` where no ``identity_url`` is given."""

    name: str
    number: str
    role: str = ""
    organisation: str = ""
    valid_until: date | None = None
    plant: str = ""
    identity_url: str = ""
    plain_text: tuple[str, ...] = ()
    epc_hex: str = ""
    user_memory_hex: str = ""


@dataclass(frozen=True)
class LoadLabel:
    """A load's label; ``contents`` are lines such as ``YB-1 × 6``.

    ``sscc`` has 18 digits, and is empty in a plant without GS1 membership, whose bar code is the delivery note's
    number. Where no ``identity_url`` is given, the QR symbol is the SSCC's canonical Digital Link, or that number.
    """

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
    identity_url: str = ""
    plain_text: tuple[str, ...] = ()
    epc_hex: str = ""
    user_memory_hex: str = ""
