"""The demo plant's names and numbers, read from `plant.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from mes.library.atlas import Family

FILE = Path(__file__).with_name("plant.yaml")


class _Facts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlantFacts(_Facts):
    """The plant as `set_plant` takes it."""

    code: str
    name: str
    organisation_name: str
    credit_code: str
    address: str
    company_prefix: str


class PersonFacts(_Facts):
    """Somebody who signs in; `project` limits a receiver."""

    sign_in: str
    role: str
    name: str
    organisation: str
    project: str = ""
    crew: str = ""


class PartyFacts(_Facts):
    """A company."""

    name: str
    credit_code: str


class ProjectFacts(_Facts):
    """A building project; `parties` names a company for each of the five roles."""

    name: str
    address: str
    permit_number: str
    contract_number: str
    parties: dict[str, str]


class OrderFacts(_Facts):
    """An order: a building, and its floors with the days from today on which the site wants them."""

    project: str
    days_ago: int
    building: str
    name: str
    floors: dict[str, int]


class OwnTypeFacts(_Facts):
    """A type of the plant's own."""

    type_code: str
    family: Family
    length_mm: int
    width_mm: int
    thickness_mm: int
    volume_m3: float
    weight_kg: float
    concrete_grade: str
    drawing_number: str


class SlotFacts(_Facts):
    """A kind of yard slots."""

    areas: list[str]
    slots: int
    capacity: int


class LotFacts(_Facts):
    """A lot of material."""

    kind: str
    lot_number: str
    supplier: str
    description: str
    certificate_number: str
    quantity: float


class BillFacts(_Facts):
    """What a piece takes besides concrete: for each cubic metre of it, and for the piece."""

    per_m3: dict[str, float] = {}
    per_piece: dict[str, float] = {}


class MouldFacts(_Facts):
    """A mould as `register_mould` takes it; why it left service for a time, or for good."""

    code: str
    family: Family
    type_code: str = ""
    drawing_number: str
    length_mm: int
    width_mm: int
    height_mm: int
    maker: str
    casts: int = 0
    casts_between_maintenance: int = 200
    withdrawn_for: str = ""
    retired_for: str = ""


class MixFacts(_Facts):
    """A mix, and the sets of its trial mixes: equivalent age in hours, MPa."""

    code: str
    name: str
    concrete_grade: str
    datum_temperature_c: float
    trial: list[tuple[float, float]]


class EarlierFacts(_Facts):
    """Batches of earlier production, by days before today, whose 28-day cubes are in the laboratory's book."""

    mix: str
    grade: str
    from_days: int
    until_days: int
    sets: int
    mean_mpa: float
    deviation_mpa: float


class PrinterFacts(_Facts):
    """A printer, and the labels that are led to it: from everywhere, or from the stations named."""

    code: str
    name: str
    host: str = ""
    port: int = 9100
    media_mm: tuple[float, float]
    rfid: bool = False
    labels: list[str]
    stations: list[str] = [""]


class LorryFacts(_Facts):
    """A lorry and who drives it."""

    plate: str
    driver: str
    phone: str


class DemoFacts(_Facts):
    """Everything."""

    plant: PlantFacts
    people: list[PersonFacts]
    parties: dict[str, PartyFacts]
    projects: dict[str, ProjectFacts]
    orders: list[OrderFacts]
    floor: dict[str, int]
    roof: dict[str, int]
    own_types: list[OwnTypeFacts]
    yard_slots: dict[str, SlotFacts]
    head_of_production: str
    lots: list[LotFacts]
    bills: dict[str, BillFacts]
    moulds: list[MouldFacts]
    kg_per_m3: dict[str, float]
    mixes: list[MixFacts]
    earlier_batches: list[EarlierFacts]
    printers: list[PrinterFacts]
    materials: dict[str, dict[str, list[str]]]
    lorries: list[LorryFacts]

    def materials_of(self, station_kind: str, families: set[str]) -> list[str]:
        """Kinds of material that go into elements of these families at a station, each once."""
        by_family = self.materials.get(station_kind, {})
        default = by_family.get("default", [])
        return sorted({kind for family in families for kind in by_family.get(family, default)})


@cache
def facts() -> DemoFacts:
    """The demo plant's facts."""
    return DemoFacts.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


STORY_DAYS = max(order.days_ago for order in facts().orders) + 1
"""Days before today on which the story begins: a day before the first order."""

LABORATORY_DAYS = max(earlier.from_days for earlier in facts().earlier_batches) + 1
"""Days before today on which the plant, and its laboratory's book, begin."""
