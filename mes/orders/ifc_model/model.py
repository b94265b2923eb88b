"""What an IFC model says about the elements to be made, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from mes.core.text import Text
from mes.library.atlas import Family


@dataclass(frozen=True)
class IfcElement:
    """One precast element of a model; a measure the model does not give is None."""

    global_id: str
    name: str
    mark: str | None
    type_code: str
    family: Family
    length_mm: float | None
    width_mm: float | None
    thickness_mm: float | None
    volume_m3: float | None
    weight_kg: float | None
    concrete_grade: str | None
    storey: str | None
    building: str | None


@dataclass(frozen=True)
class IfcFault:
    """Something of an element that the model does not say, or says unusably."""

    global_id: str
    name: str
    field: str
    reason: Text


@dataclass(frozen=True)
class IfcOrder:
    """The elements of a model, in the order of their marks, and what is missing.

    `sha256` is the digest of the file, `schema` its IFC version, `profile` the mapping that was used.
    """

    project_name: str
    schema: str
    profile: str
    sha256: str
    elements: tuple[IfcElement, ...]
    faults: tuple[IfcFault, ...]

    @property
    def is_sound(self) -> bool:
        """Whether every element has all that an order needs."""
        return bool(self.elements) and not self.faults
