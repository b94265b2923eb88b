"""How many elements a question concerns: by state, by project, by place; all counted by the database."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from mes.core.text import N_
from mes.logistics.models import Delivery, DeliveryItem, YardPlace, YardSlot
from mes.logistics.service import IN_YARD
from mes.orders.lifecycle import STATES, STEPS
from mes.orders.models import Floor, Project
from mes.recall.search import FOUND, FOUND_LOADS, Found

PLACES: Mapping[str, tuple[str, str]] = {  # place → its name, icon
    "ahead": (N_("Not begun"), "calendar-event"),
    "plant": (N_("On the line or in finishing"), "building-factory-2"),
    "yard": (N_("In the yard"), "building-warehouse"),
    "lorry": (N_("On a lorry"), "truck-delivery"),
    "site": (N_("On site, not installed"), "map-pin"),
    "building": (N_("Installed"), "building"),
    "gone": (N_("Scrapped"), "trash"),
}
_PLACE_OF_STATE = {
    "planned": "ahead",
    "scheduled": "ahead",
    "stored": "yard",
    "loaded": "lorry",
    "shipped": "lorry",
    "received": "site",
    "rejected_at_site": "site",
    "installed": "building",
    "scrapped": "gone",
}
HOLDABLE = STEPS["hold"].comes_from
MOST_PLACES = 60  # slots, lorries or floors drawn one by one


def place_of(state: str, aside_from: str | None) -> str:
    """Where an element of a state is, one of `PLACES`; one put aside is where it was before."""
    if state in ("on_hold", "nonconforming"):
        state = aside_from or state
    return _PLACE_OF_STATE.get(state, "plant")


@dataclass(frozen=True)
class Group:
    """Elements of one project and floor that are in the same state."""

    project_id: UUID
    floor_id: UUID
    state: str
    aside_from: str | None
    count: int


@dataclass(frozen=True)
class Spot:
    """A slot, a lorry or a floor with how many of the elements are there."""

    name: str
    hint: str
    count: int
    address: str = ""


@dataclass(frozen=True)
class Counts:
    """The whole of an answer in numbers."""

    groups: Sequence[Group]
    load_count: int
    projects: Mapping[UUID, Project]

    @cached_property
    def total(self) -> int:
        """How many elements are concerned."""
        return sum(group.count for group in self.groups)

    @cached_property
    def by_state(self) -> dict[str, int]:
        """Elements by state, in the order of life."""
        found = Counter[str]()
        for group in self.groups:
            found[group.state] += group.count
        return {state: found[state] for state in STATES if found[state]}

    @cached_property
    def by_place(self) -> dict[str, int]:
        """Elements by place, all of `PLACES`."""
        found = Counter[str]()
        for group in self.groups:
            found[place_of(group.state, group.aside_from)] += group.count
        return {place: found[place] for place in PLACES}

    @cached_property
    def by_project(self) -> list[tuple[Project, dict[str, int]]]:
        """Each project with its elements by state, the largest first."""
        found: dict[UUID, Counter[str]] = {}
        for group in self.groups:
            found.setdefault(group.project_id, Counter())[group.state] += group.count
        ordered = sorted(found.items(), key=lambda item: (-item[1].total(), self.projects[item[0]].code))
        return [(self.projects[key], {s: counted[s] for s in STATES if counted[s]}) for key, counted in ordered]

    @cached_property
    def holdable(self) -> int:
        """How many can be put on hold now."""
        return sum(group.count for group in self.groups if group.state in HOLDABLE)

    def on_floors(self) -> Iterator[tuple[UUID, int]]:
        """Floors with how many are installed there, the most first."""
        found = Counter[UUID]()
        for group in self.groups:
            if group.state == "installed":
                found[group.floor_id] += group.count
        return iter(found.most_common(MOST_PLACES))


def count(found: Found) -> Counts:
    """Count the elements that were found, and their loads."""
    key = (FOUND.c.project_id, FOUND.c.floor_id, FOUND.c.state, FOUND.c.aside_from)
    groups = [Group(*row) for row in found.session.execute(select(*key, func.count()).group_by(*key))]
    loads = found.session.scalar(select(func.count()).select_from(FOUND_LOADS))
    wanted = {group.project_id for group in groups}
    projects = found.session.scalars(select(Project).where(Project.id.in_(wanted)))
    return Counts(groups, loads or 0, {project.id: project for project in projects})


def digest(found: Found) -> str:
    """SHA-256 of the serials, ascending, one a line: the same elements have the same digest."""
    hashed = hashlib.sha256()
    serials = found.session.scalars(select(FOUND.c.serial).order_by(FOUND.c.serial))
    for part in serials.partitions(10_000):
        hashed.update("".join(f"{serial}\n" for serial in part).encode())
    return hashed.hexdigest()


def slots(found: Found) -> list[Spot]:
    """Yard slots with how many of the elements lie there."""
    query = (
        select(YardSlot.code, func.count())
        .join(YardPlace, YardPlace.slot_id == YardSlot.id)
        .join(FOUND, FOUND.c.element_id == YardPlace.element_id)
        .where(FOUND.c.state.in_(IN_YARD))
        .group_by(YardSlot.code)
        .order_by(YardSlot.code)
        .limit(MOST_PLACES)
    )
    return [Spot(code, "", n, f"/yard?slot={code}#slot") for code, n in found.session.execute(query)]


def lorries(found: Found) -> list[Spot]:
    """Lorries that are being loaded, on the way or on site, with how many of the elements they carry."""
    query = (
        select(Delivery.number, Delivery.vehicle_plate, func.count())
        .join(DeliveryItem, DeliveryItem.delivery_id == Delivery.id)
        .join(FOUND, FOUND.c.element_id == DeliveryItem.element_id)
        .where(Delivery.state.in_(("loading", "departed", "arrived")), FOUND.c.state.in_(("loaded", "shipped")))
        .group_by(Delivery.number, Delivery.vehicle_plate)
        .order_by(Delivery.number)
        .limit(MOST_PLACES)
    )
    return [
        Spot(plate or number, number, n, f"/deliveries/{number}") for number, plate, n in found.session.execute(query)
    ]


def floors(session: Session, counts: Counts) -> list[Spot]:
    """Floors with how many of the elements are installed there, as buildings stand: by name, the highest first."""
    found = dict(counts.on_floors())
    query = select(Floor).where(Floor.id.in_(found)).options(joinedload(Floor.building))
    rows = sorted(session.scalars(query), key=lambda floor: (floor.building.name, -floor.level))
    return [Spot(floor.name, floor.building.name, found[floor.id]) for floor in rows]
