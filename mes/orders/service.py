"""Use cases of orders: an order comes in, elements get their identity, elements are held and released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

from pydantic import Field, SkipValidation
from sqlalchemy import select

from labels.keys.naming import identity
from mes.accounts.models import Plant
from mes.accounts.service import lock_plant, next_element_serials, next_number, site_mark, the_plant
from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Fault, InvalidInput
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.identity.naming import naming_of
from mes.ledger.service import record
from mes.library.atlas import Family
from mes.library.families import item_reference
from mes.library.models import ComponentType
from mes.library.service import TypeDescription, current_types, describe_atlas_type, ensure_types
from mes.orders.elements import change_state, element_facts, element_subject, load_element
from mes.orders.models import Building, Element, Floor, Order, Project, ResponsibleParty
from mes.orders.workbook import OrderedElement, OrderWorkbook, OwnTypeEntry


class ImportOrder(Command):
    """An order that was read and found sound. `content_sha256` is of its normal form."""

    source: Literal["workbook", "ifc"]
    source_name: str
    content_sha256: str
    order: SkipValidation[OrderWorkbook] = Field(exclude=True, repr=False)
    model_ids: SkipValidation[Mapping[str, str]] = Field(default_factory=dict, exclude=True, repr=False)
    """GlobalId in the IFC model of each position, where the order came from one."""


class OrderImported(Answer):
    """What an import made; `already_known` says that the same order had come before and nothing was changed."""

    order_id: UUID
    order_number: str
    project_code: str
    element_count: int
    already_known: bool


class HoldElement(Command):
    """Put an element on hold."""

    element_id: UUID
    reason: str = Field(min_length=2, max_length=200)
    expected_version: int | None = None


class ReleaseElement(Command):
    """Take an element off hold again."""

    element_id: UUID
    expected_version: int | None = None


@use_case("order:import")
def import_order(work: Work, command: ImportOrder) -> OrderImported:
    """Apply an order wholly: project, parties, buildings, floors, types, elements with their identity.

    Raises:
        InvalidInput: the order has faults, or asks for a position that is taken already; nothing is changed.
    """
    order = command.order
    if order.project is None or order.errors:
        raise InvalidInput(Text(N_("The order has faults; nothing was imported")), faults_of(order))
    plant = lock_plant(work, the_plant(work.session).id)  # one order at a time: places are given once
    project = _ensure_project(work, plant, order)
    before = work.session.scalars(
        select(Order).where(Order.project_id == project.id, Order.content_sha256 == command.content_sha256)
    ).first()
    if before is not None:
        return _imported(before, project, 0, known=True)
    floors = _ensure_floors(work, project, order)
    wanted = list(order.elements())
    types = ensure_types(work, plant, descriptions_of(order))
    types |= current_types(work.session, {element.type_code for element in wanted} - types.keys())
    _require_free_positions(work, floors, wanted)
    row = _add_order(work, plant, project, command)
    _add_elements(work, plant, row, floors, types, wanted, command.model_ids)
    return _imported(row, project, len(wanted), known=False)


@use_case("element:hold")
def hold_element(work: Work, command: HoldElement) -> Done:
    """Put an element on hold with a reason; it can be released to where it was."""
    element = load_element(work.session, command.element_id, command.expected_version)
    work.actor.require_project(element.project_id)
    change_state(work, [element], "hold", event_time=work.event_time(command), reason=command.reason)
    return Done(id=element.id)


@use_case("element:hold")
def release_element(work: Work, command: ReleaseElement) -> Done:
    """Take an element off hold; it is again in the state it had before."""
    element = load_element(work.session, command.element_id, command.expected_version)
    work.actor.require_project(element.project_id)
    change_state(work, [element], "release", event_time=work.event_time(command))
    return Done(id=element.id)


def order_replacement(work: Work, command: Command, element: Element) -> Element:
    """A new element for the place of a scrapped one; it names the old and starts at the beginning."""
    plant = work.session.get_one(Plant, element.project.plant_id)
    serial = next_element_serials(work, plant.id, 1)[0]
    made = _new_element(work, plant, serial, element.component_type)
    made.order_id, made.project_id, made.floor_id = element.order_id, element.project_id, element.floor_id
    made.position, made.mark = element.position, element.mark
    made.required_on, made.erection_sequence = element.required_on, element.erection_sequence
    made.replaces_id = element.id
    work.session.add(made)
    work.session.flush()
    record(
        work,
        "element.replaced",
        [element_subject(element), element_subject(made)],
        event_time=work.event_time(command),
        elements=[element_facts(element), element_facts(made)],
        data={"old_serial": element.serial, "new_serial": made.serial},
    )
    return made


def faults_of(order: OrderWorkbook) -> list[Fault]:
    """The errors of an order with their sheet and cell."""
    return [Fault(f"{fault.sheet}!{fault.cell}".strip("!"), fault.reason) for fault in order.errors]


def _ensure_project(work: Work, plant: Plant, order: OrderWorkbook) -> Project:
    entry = order.project
    if entry is None:
        raise InvalidInput(Text(N_("The order names no project")))
    project = work.session.scalars(select(Project).where(Project.code == entry.code)).first()
    if project is None:
        project = Project(
            id=new_id(),
            plant_id=plant.id,
            code=entry.code,
            name=entry.name,
            address=entry.address or "",
            permit_number=entry.permit_number or "",
            contract_number=entry.contract_number or "",
            created_at=work.now(),
        )
        work.session.add(project)
        work.session.flush()
    work.actor.require_project(project.id)
    _add_missing_parties(work, project, order)
    return project


def _add_missing_parties(work: Work, project: Project, order: OrderWorkbook) -> None:
    known = {party.role for party in project.parties}
    for party in order.parties:
        if party.role.value not in known:
            project.parties.append(
                ResponsibleParty(
                    id=new_id(),
                    role=party.role.value,
                    name=party.name,
                    credit_code=party.credit_code or "",
                    contact=party.contact or "",
                )
            )
    work.session.flush()


def _ensure_floors(work: Work, project: Project, order: OrderWorkbook) -> dict[tuple[str, str], Floor]:
    buildings = {building.code: building for building in project.buildings}
    for entry in order.buildings:
        if entry.code not in buildings:
            buildings[entry.code] = Building(id=new_id(), project_id=project.id, code=entry.code, name=entry.name)
            work.session.add(buildings[entry.code])
    work.session.flush()
    floors = {(b.code, floor.name): floor for b in buildings.values() for floor in b.floors}
    for floor_entry in order.floors:
        key = (floor_entry.building_code, floor_entry.name)
        if key not in floors:
            building = buildings[floor_entry.building_code]
            floors[key] = Floor(id=new_id(), building_id=building.id, name=key[1], level=floor_entry.level_order)
            work.session.add(floors[key])
    work.session.flush()
    return floors


def descriptions_of(order: OrderWorkbook) -> list[TypeDescription]:
    """The component types that an order describes: those of the atlas and its own."""
    return [*map(describe_atlas_type, order.atlas_types), *map(_describe_own_type, order.own_types)]


def _describe_own_type(entry: OwnTypeEntry) -> TypeDescription:
    return TypeDescription(
        type_code=entry.type_code,
        family=entry.family,
        name=entry.type_code,
        length_mm=entry.length_mm,
        width_mm=entry.width_mm,
        thickness_mm=entry.thickness_mm,
        concrete_volume_m3=entry.volume_m3,
        weight_kg=entry.weight_kg,
        concrete_grade=entry.concrete_grade,
    )


def _require_free_positions(work: Work, floors: dict[tuple[str, str], Floor], wanted: Sequence[OrderedElement]) -> None:
    query = select(Element.floor_id, Element.position).where(
        Element.floor_id.in_([floor.id for floor in floors.values()]), Element.state != "scrapped"
    )
    taken = {(floor_id, position) for floor_id, position in work.session.execute(query)}
    faults = [
        Fault(
            f"row {element.row}",
            Text(
                N_("position %(position)s on %(floor)s of %(building)s is ordered already"),
                {"position": element.position, "floor": element.floor_name, "building": element.building_code},
            ),
        )
        for element in wanted
        if (floors[element.building_code, element.floor_name].id, element.position) in taken
    ]
    if faults:
        raise InvalidInput(Text(N_("Some positions are ordered already; nothing was imported")), faults)


def _add_order(work: Work, plant: Plant, project: Project, command: ImportOrder) -> Order:
    number = f"{site_mark(plant)}{next_number(work, plant, 'order'):04d}"
    row = Order(
        id=new_id(),
        project_id=project.id,
        number=f"SO-{work.today():%y%m%d}-{number}",
        source=command.source,
        source_name=command.source_name[:200],
        content_sha256=command.content_sha256,
        received_at=work.event_time(command),
        received_by=work.actor.name,
    )
    work.session.add(row)
    work.session.flush()
    return row


def _add_elements(
    work: Work,
    plant: Plant,
    order: Order,
    floors: dict[tuple[str, str], Floor],
    types: dict[str, ComponentType],
    wanted: Sequence[OrderedElement],
    model_ids: Mapping[str, str],
) -> None:
    serials = next_element_serials(work, plant.id, len(wanted))
    made = []
    for serial, entry in zip(serials, wanted, strict=True):
        element = _new_element(work, plant, serial, types[entry.type_code])
        element.order_id, element.project_id = order.id, order.project_id
        element.floor_id = floors[entry.building_code, entry.floor_name].id
        element.position, element.mark = entry.position, entry.mark or ""
        element.model_global_id = model_ids.get(entry.position)
        element.required_on, element.erection_sequence = entry.required_on, entry.erection_sequence
        made.append(element)
    work.session.add_all(made)
    work.session.flush()
    for element in made:
        record(
            work,
            "element.created",
            [element_subject(element)],
            event_time=order.received_at,
            elements=[element_facts(element)],
            data={"order": order.number, "required_on": element.required_on.isoformat()},
        )


def _new_element(work: Work, plant: Plant, serial: int, kind: ComponentType) -> Element:
    naming = naming_of(plant)
    key = naming.element(item_reference(Family(kind.family), plant.company_prefix), serial)
    return Element(
        id=new_id(),
        serial=serial,
        gtin=key.get("01", ""),
        epc_hex=naming.epc_hex(key),
        digital_link=identity(key),
        component_type_id=kind.id,
        state="planned",
        state_since=work.now(),
        facts={},
    )


def _imported(order: Order, project: Project, count: int, *, known: bool) -> OrderImported:
    return OrderImported(
        order_id=order.id,
        order_number=order.number,
        project_code=project.code,
        element_count=count,
        already_known=known,
    )
