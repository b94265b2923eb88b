"""Mapping profiles: which entities of a model are elements, and where their measures stand. Strictly read YAML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.library.atlas import Family

PROFILES_FOLDER = Path(__file__).parents[1] / "ifc_profiles"

Unit = Literal["mm", "cm", "m", "m3", "l", "mm3", "kg", "g", "t"]
UNIT_FACTORS: dict[str, tuple[str, float]] = {
    "mm": ("mm", 1.0),
    "cm": ("mm", 10.0),
    "m": ("mm", 1000.0),
    "m3": ("m3", 1.0),
    "l": ("m3", 1e-3),
    "mm3": ("m3", 1e-9),
    "kg": ("kg", 1.0),
    "g": ("kg", 1e-3),
    "t": ("kg", 1000.0),
}
"""Each unit's own measure (as in a field's name), and how much of it the unit is."""

MEASURES = {"length_mm": "mm", "width_mm": "mm", "thickness_mm": "mm", "volume_m3": "m3", "weight_kg": "kg"}
"""The fields that are numbers, and their units."""


class IfcProfileError(InvalidInput):
    """A profile does not exist or says something unusable; the message names the place in it."""

    title = N_("The mapping profile cannot be used")


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


def _has_dot(path: str) -> str:
    if "." not in path.strip("."):
        raise ValueError("must be the set's and the property's name with a dot between them")
    return path


Pattern = Annotated[str, AfterValidator(_compiles)]
PropertyPath = Annotated[str, AfterValidator(_has_dot)]
Geometry = Literal["volume", "longest", "middle", "shortest", "plan_length", "plan_width", "height"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProfileTitle(_Strict):
    """The profile's name in both languages."""

    zh: str
    en: str


class Source(_Strict):
    """One place where a value may stand; exactly one of the first group says which."""

    property: PropertyPath | None = None
    quantity: PropertyPath | None = None
    attribute: str | None = None
    type: str | None = None
    material: str | None = None
    project: str | None = None
    building: str | None = None
    storey: str | None = None
    template: str | None = None
    geometry: Geometry | None = None
    weight_over_density_kg_per_m3: float | None = Field(default=None, gt=0)
    volume_times_density_kg_per_m3: float | None = Field(default=None, gt=0)

    unit: Unit | None = None
    of: Literal["either", "element", "body"] = "either"
    combine: Literal["first", "sum", "max"] = "first"
    name_matches: Pattern | None = None

    @model_validator(mode="after")
    def _says_one_place(self) -> Source:
        if len(self.kinds()) != 1:
            raise ValueError(f"exactly one of {', '.join(SOURCE_KINDS)} is needed")
        if self.unit and not (self.property or self.quantity or self.attribute):
            raise ValueError("a unit goes with property, quantity or attribute only")
        return self

    def kinds(self) -> list[str]:
        """The places this source names."""
        return [kind for kind in SOURCE_KINDS if getattr(self, kind) is not None]


SOURCE_KINDS = (
    "property",
    "quantity",
    "attribute",
    "type",
    "material",
    "project",
    "building",
    "storey",
    "template",
    "geometry",
    "weight_over_density_kg_per_m3",
    "volume_times_density_kg_per_m3",
)


class Condition(_Strict):
    """A property whose text must match."""

    property: PropertyPath
    value_matches: Pattern


class BodyRule(_Strict):
    """Which parts of an element are its concrete."""

    entity: str = Field(pattern=r"^Ifc\w+$")
    name_matches: Pattern | None = None
    property: PropertyPath | None = None
    value_matches: Pattern | None = None

    @model_validator(mode="after")
    def _pairs(self) -> BodyRule:
        if (self.property is None) != (self.value_matches is None):
            raise ValueError("property and value_matches go together")
        return self


Sources = Annotated[list[Source], Field(min_length=1)]


class Fields(_Strict):
    """Where each fact of an element stands; the first source that has a value counts."""

    type_code: Sources
    length_mm: Sources
    width_mm: Sources
    thickness_mm: Sources
    volume_m3: Sources
    weight_kg: Sources
    mark: list[Source] = []
    concrete_grade: list[Source] = []
    storey: list[Source] = []

    @model_validator(mode="after")
    def _units_fit(self) -> Fields:
        for name, measure in MEASURES.items():
            for number, source in enumerate(getattr(self, name)):
                if source.unit and UNIT_FACTORS[source.unit][0] != measure:
                    raise ValueError(f"{name}[{number}].unit: {source.unit} is no unit of {name}")
        return self


class ElementRule(_Strict):
    """Which entities are elements of one family, and how they are read."""

    entity: str = Field(pattern=r"^Ifc\w+$")
    name_matches: Pattern | None = None
    has_pset: str | None = None
    only_if: Condition | None = None
    family: Family
    body: BodyRule | None = None
    fields: Fields


class IfcProfile(_Strict):
    """A whole profile; an entity belongs to the first rule that fits it."""

    name: str
    title: ProfileTitle
    source: str
    verified: bool
    project_name: Sources
    building: Sources
    elements: Annotated[list[ElementRule], Field(min_length=1)]


def profile_names(folder: Path = PROFILES_FOLDER) -> tuple[str, ...]:
    """The names of all profiles there are."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def load_profile(name: str, folder: Path = PROFILES_FOLDER) -> IfcProfile:
    """The profile `name`. Raises IfcProfileError where there is none, or naming the place that is wrong."""
    if name not in profile_names(folder):
        known = ", ".join(profile_names(folder))
        raise IfcProfileError(
            Text(N_("There is no profile %(name)s; there are %(known)s"), {"name": name, "known": known})
        )
    path = folder / f"{name}.yaml"
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(content, dict):
            raise IfcProfileError(Text(N_("%(file)s holds no profile"), {"file": path.name}))
        return IfcProfile.model_validate({**content, "name": name})
    except yaml.YAMLError as error:
        raise IfcProfileError(
            Text(N_("%(file)s is not YAML: %(problem)s"), {"file": path.name, "problem": str(error)})
        ) from error
    except ValidationError as error:
        raise IfcProfileError(_first_problem(path.name, error)) from error


def _first_problem(file: str, error: ValidationError) -> Text:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    return Text(N_("%(file)s, at %(place)s: %(problem)s"), {"file": file, "place": place, "problem": problem["msg"]})
