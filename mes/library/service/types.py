"""Use cases of the library: component types from atlas codes and from a plant's own codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.models import Plant
from mes.core.commands import Work
from mes.core.ids import new_id
from mes.identity.naming import naming_of
from mes.library.atlas import AtlasType, Family
from mes.library.families import item_reference
from mes.library.models import ComponentType


@dataclass(frozen=True)
class TypeDescription:
    """A component type as an order or a model brings it in; lengths in mm, volume in m³, weight in kg."""

    type_code: str
    family: Family
    name: str
    length_mm: int
    width_mm: int
    thickness_mm: int
    concrete_volume_m3: float
    weight_kg: float
    concrete_grade: str
    atlas: str | None = None
    openings: tuple[dict[str, Any], ...] = ()
    assumptions: tuple[str, ...] = ()


def describe_atlas_type(found: AtlasType) -> TypeDescription:
    """What the national atlas says about a code, as a type of the library."""
    return TypeDescription(
        type_code=found.type_code,
        family=found.family,
        name=found.title_zh,
        length_mm=found.length_mm,
        width_mm=found.width_mm,
        thickness_mm=found.thickness_mm,
        concrete_volume_m3=found.concrete_volume_m3,
        weight_kg=found.weight_kg,
        concrete_grade=found.concrete_grade,
        atlas=found.atlas,
        openings=tuple(asdict(opening) for opening in found.openings),
        assumptions=tuple(str(text) for text in found.assumptions),
    )


def ensure_types(work: Work, plant: Plant, wanted: Iterable[TypeDescription]) -> dict[str, ComponentType]:
    """The library's current type of each code; a new code or another geometry makes a new row (revision)."""
    descriptions = {description.type_code: description for description in wanted}
    current = current_types(work.session, descriptions)
    for code, description in descriptions.items():
        known = current.get(code)
        if known is None or not is_described_by(known, description):
            revision = known.revision + 1 if known else 1
            current[code] = _add_type(work, plant, description, revision)
    work.session.flush()
    return current


def current_types(session: Session, codes: Iterable[str]) -> dict[str, ComponentType]:
    """The newest revision of each of these codes that the library knows."""
    query = select(ComponentType).where(ComponentType.type_code.in_(list(codes))).order_by(ComponentType.revision)
    return {found.type_code: found for found in session.scalars(query)}


def is_described_by(known: ComponentType, description: TypeDescription) -> bool:
    """Whether the description says what the library knows; if not, it makes a new revision."""
    return _geometry(known) == _geometry(description)


def _add_type(work: Work, plant: Plant, description: TypeDescription, revision: int) -> ComponentType:
    made = ComponentType(
        id=new_id(),
        revision=revision,
        created_at=work.now(),
        gtin=naming_of(plant).gtin(item_reference(description.family, plant.company_prefix)),
        **{
            **asdict(description),
            "family": description.family.value,
            "openings": list(description.openings),
            "assumptions": list(description.assumptions),
        },
    )
    work.session.add(made)
    return made


def _geometry(kind: ComponentType | TypeDescription) -> tuple[Any, ...]:
    return (
        str(kind.family),
        kind.length_mm,
        kind.width_mm,
        kind.thickness_mm,
        round(kind.concrete_volume_m3, 4),
        round(kind.weight_kg, 1),
        kind.concrete_grade,
    )
