"""Facts of one entity of an open model, found through a profile's sources."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.element as element_tools
import ifcopenshell.util.shape as shape_tools
import ifcopenshell.util.unit as unit_tools

from mes.orders.ifc_model.profile import MEASURES, UNIT_FACTORS, BodyRule, ElementRule, Source

Value = str | float | bool
_GEOMETRY: Any = ifcopenshell.geom  # the library's annotations are partial
_PREFIX_FACTOR: Any = unit_tools.get_prefix_multiplier
_BLANK = {"", "undefined", "notdefined", "unset", "none"}


class ModelUnits:
    """The model's own units, for values whose profile does not name one."""

    def __init__(self, model: Any) -> None:
        self.factors = {
            "mm": unit_tools.calculate_unit_scale(model, "LENGTHUNIT") * 1000,
            "m3": unit_tools.calculate_unit_scale(model, "VOLUMEUNIT"),
            "kg": _kilograms_per_mass_unit(model),
        }


def _kilograms_per_mass_unit(model: Any) -> float:
    """SI counts grams with a prefix; a model without a mass unit means kilograms."""
    unit: Any = unit_tools.get_project_unit(model, "MASSUNIT")
    if unit is None or not unit.is_a("IfcSIUnit") or unit.Name != "GRAM":
        return 1.0
    return float(_PREFIX_FACTOR(unit.Prefix)) / 1000


class EntityFacts:
    """One element with the parts that are its concrete."""

    def __init__(self, entity: Any, rule: ElementRule, units: ModelUnits) -> None:
        self.entity = entity
        self.rule = rule
        self.units = units
        self.found: dict[str, Value] = {}

    @cached_property
    def bodies(self) -> list[Any]:
        """The concrete parts by the rule's `body`, or the element itself; in the order of the file."""
        if self.rule.body is None:
            return [self.entity]
        parts = element_tools.get_decomposition(self.entity)
        return sorted((part for part in parts if is_body(part, self.rule.body)), key=lambda part: part.id())

    def value(self, field: str, sources: Sequence[Source]) -> Value | None:
        """The first source's value, a number for a measure and text otherwise; None where none has one."""
        for source in sources:
            value = self._from(source, field)
            if field in MEASURES and not isinstance(value, str):
                if value is not None and value > 0:
                    self.found[field] = float(value)
                    return float(value)
            elif field not in MEASURES and value is not None and str(value).strip().casefold() not in _BLANK:
                self.found[field] = _plain(value)
                return self.found[field]
        return None

    def _from(self, source: Source, field: str) -> Value | None:
        kind = source.kinds()[0]
        read: Callable[[Source, str], Value | None] = getattr(self, f"_from_{kind}")
        return read(source, field)

    def _from_property(self, source: Source, field: str) -> Value | None:
        return self._from_set(source, source.property or "", field, quantities=False)

    def _from_quantity(self, source: Source, field: str) -> Value | None:
        return self._from_set(source, source.quantity or "", field, quantities=True)

    def _from_set(self, source: Source, path: str, field: str, *, quantities: bool) -> Value | None:
        values = [
            value
            for place in self._places(source)
            if (value := set_value(place, path, quantities=quantities)) is not None
        ]
        return self._combined(values, source, field)

    def _combined(self, values: list[Value], source: Source, field: str) -> Value | None:
        if field not in MEASURES:
            return next((value for value in values if str(value).strip()), None)
        numbers = [number for value in values if (number := _number(value)) is not None]
        if not numbers:
            return None
        return _COMBINE[source.combine](numbers) * self._factor(source, field)

    def _factor(self, source: Source, field: str) -> float:
        """From the source's unit, or else the model's, to the field's."""
        if source.unit:
            return UNIT_FACTORS[source.unit][1]
        return float(self.units.factors[MEASURES[field]])

    def _places(self, source: Source) -> Iterable[Any]:
        places = {"element": [self.entity], "body": self.bodies, "either": [self.entity, *self.bodies]}
        pattern = source.name_matches
        return [place for place in places[source.of] if pattern is None or re.fullmatch(pattern, place.Name or "")]

    def _from_attribute(self, source: Source, field: str) -> Value | None:
        values = [getattr(place, source.attribute or "", None) for place in self._places(source)]
        return self._combined([value for value in values if value is not None], source, field)

    def _from_type(self, source: Source, field: str) -> Value | None:
        return getattr(element_tools.get_type(self.entity), source.type or "", None)

    def _from_material(self, source: Source, field: str) -> Value | None:
        for place in self._places(source):
            for material in element_tools.get_materials(place):
                if value := getattr(material, source.material or "", None):
                    return str(value)
        return None

    def _from_project(self, source: Source, field: str) -> Value | None:
        project = self.entity.file.by_type("IfcProject")
        return getattr(project[0], source.project or "", None) if project else None

    def _from_building(self, source: Source, field: str) -> Value | None:
        return self._of_container("IfcBuilding", source.building or "")

    def _from_storey(self, source: Source, field: str) -> Value | None:
        return self._of_container("IfcBuildingStorey", source.storey or "")

    def _of_container(self, entity: str, attribute: str) -> Value | None:
        return getattr(element_tools.get_container(self.entity, ifc_class=entity), attribute, None)

    def _from_template(self, source: Source, field: str) -> Value | None:
        """Facts found so far put into a text; None while one of them is missing."""
        template = source.template or ""
        names = re.findall(r"\{(\w+)", template)
        return template.format(**self.found) if all(name in self.found for name in names) else None

    def _from_geometry(self, source: Source, field: str) -> Value | None:
        measures = [shape for body in self.bodies if (shape := body_measures(body))]
        if not measures:
            return None
        wanted = source.geometry or ""
        return sum(shape["volume"] for shape in measures) if wanted == "volume" else measures[0][wanted]

    def _from_weight_over_density_kg_per_m3(self, source: Source, field: str) -> Value | None:
        weight = self.value("weight_kg", self.rule.fields.weight_kg)
        density = source.weight_over_density_kg_per_m3
        return None if weight is None or density is None else float(weight) / density

    def _from_volume_times_density_kg_per_m3(self, source: Source, field: str) -> Value | None:
        volume = self.found.get("volume_m3")
        density = source.volume_times_density_kg_per_m3
        return None if volume is None or density is None else float(volume) * density


def set_value(entity: Any, path: str, *, quantities: bool = False) -> Value | None:
    """The value at `Set.Name` of an entity or its type; a list of one is that one."""
    set_name, _, name = path.partition(".")
    sets = element_tools.get_psets(entity, psets_only=not quantities, qtos_only=quantities)
    value = sets.get(set_name, {}).get(name)
    if isinstance(value, (list, tuple)):
        value = value[0] if len(value) == 1 else None
    return value if isinstance(value, (str, int, float, bool)) else None


def is_body(part: Any, rule: BodyRule) -> bool:
    """Whether a part of an element is concrete by the rule."""
    if not part.is_a(rule.entity):
        return False
    if rule.name_matches and not re.fullmatch(rule.name_matches, part.Name or ""):
        return False
    if rule.property is None or rule.value_matches is None:
        return True
    value = set_value(part, rule.property)
    return value is not None and re.fullmatch(rule.value_matches, str(value)) is not None


def body_measures(body: Any) -> dict[str, float] | None:
    """Volume in m³ and the box around a body in its own axes, in mm; None for a body without a solid."""
    if body.Representation is None:
        return None
    try:
        shape = _GEOMETRY.create_shape(_GEOMETRY.settings(), body)
    except RuntimeError:
        return None  # a shape the geometry kernel cannot build says nothing; the next source is asked
    geometry: Any = getattr(shape, "geometry", None)
    x_mm, y_mm, z_mm = (
        float(extent) * 1000
        for extent in (
            shape_tools.get_x(geometry),
            shape_tools.get_y(geometry),
            shape_tools.get_z(geometry),
        )
    )
    shortest, middle, longest = sorted((x_mm, y_mm, z_mm))
    return {
        "volume": float(shape_tools.get_volume(geometry)),
        "longest": longest,
        "middle": middle,
        "shortest": shortest,
        "plan_length": max(x_mm, y_mm),
        "plan_width": min(x_mm, y_mm),
        "height": z_mm,
    }


def _number(value: Value) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    return float(value) if re.fullmatch(r"\s*[+-]?\d+(\.\d+)?\s*", value) else None


def _plain(value: Value) -> str:
    return str(value).strip()


_COMBINE: dict[str, Callable[[list[float]], float]] = {
    "first": lambda numbers: numbers[0],
    "sum": math.fsum,
    "max": max,
}
