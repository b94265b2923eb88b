"""Read the elements of an IFC model. The IFC library is an optional part and only loaded here."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mes.core.errors import InvalidInput, Unavailable
from mes.core.text import N_, Text
from mes.orders.ifc_model.model import IfcElement, IfcFault, IfcOrder
from mes.orders.ifc_model.profile import MEASURES, ElementRule, IfcProfile, load_profile

if TYPE_CHECKING:
    from mes.orders.ifc_model.facts import EntityFacts

MAX_IFC_BYTES = 500_000_000
_NEEDED = ("type_code", *MEASURES)


class IfcLibraryMissing(Unavailable):
    """The optional IFC library is not installed."""

    title = N_("IFC models cannot be read on this machine")


class IfcFileError(InvalidInput):
    """The file is no IFC model, or holds nothing the profile knows."""

    title = N_("The IFC model cannot be read")


def read_ifc(path: Path, profile: IfcProfile | str, *, max_bytes: int = MAX_IFC_BYTES) -> IfcOrder:
    """The elements of the model at `path` as `profile` (or the profile of that name) finds them.

    Lengths in mm, volumes in m³, weights in kg. Whatever an element lacks is a fault of the result. Raises
    IfcLibraryMissing, IfcFileError, IfcProfileError.
    """
    profile = load_profile(profile) if isinstance(profile, str) else profile
    model = _open(path, max_bytes)
    reader = _Reader(model, profile)
    elements = sorted(reader.elements(), key=lambda element: (_natural(element.mark or ""), element.global_id))
    if not elements:
        raise IfcFileError(
            Text(
                N_("%(file)s holds nothing that the profile %(profile)s knows"),
                {"file": path.name, "profile": profile.name},
            )
        )
    return IfcOrder(
        project_name=reader.project_name,
        schema=str(model.schema),
        profile=profile.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        elements=tuple(elements),
        faults=tuple(reader.faults),
    )


def _open(path: Path, max_bytes: int) -> Any:
    try:
        if path.stat().st_size > max_bytes:
            raise IfcFileError(
                Text(N_("%(file)s is larger than %(limit)s bytes"), {"file": path.name, "limit": max_bytes})
            )
        with path.open("rb") as stream:
            start = stream.read(200)
    except OSError as error:
        raise IfcFileError(Text(N_("%(file)s cannot be read"), {"file": path.name})) from error
    if b"ISO-10303-21" not in start:
        raise IfcFileError(Text(N_("%(file)s is not an IFC model (STEP text, .ifc)"), {"file": path.name}))
    try:
        import ifcopenshell
    except ImportError as error:
        raise IfcLibraryMissing(
            Text(N_("The IFC library is not installed; install it with: pip install 'precast-mes[ifc]'"))
        ) from error
    try:
        return ifcopenshell.open(str(path))
    except (RuntimeError, OSError, ValueError, ifcopenshell.Error) as error:
        raise IfcFileError(
            Text(N_("%(file)s is damaged: %(problem)s"), {"file": path.name, "problem": str(error)[:200]})
        ) from error


class _Reader:
    """Goes through one model and notes what is missing."""

    def __init__(self, model: Any, profile: IfcProfile) -> None:
        from mes.orders.ifc_model.facts import ModelUnits

        self.model = model
        self.profile = profile
        self.units = ModelUnits(model)
        self.faults: list[IfcFault] = []
        self.project_name = ""

    def elements(self) -> list[IfcElement]:
        """Each entity once, by the first rule that fits it; a global id of two entities is a fault."""
        found: dict[int, IfcElement] = {}
        for rule in self.profile.elements:
            for entity in self._entities(rule):
                if entity.id() not in found:
                    found[entity.id()] = self._element(entity, rule)
        self._note_doubled_ids(list(found.values()))
        return list(found.values())

    def _note_doubled_ids(self, elements: list[IfcElement]) -> None:
        times = Counter(element.global_id for element in elements)
        for element in elements:
            if times[element.global_id] > 1:
                reason = Text(N_("%(count)s elements have this global id"), {"count": times[element.global_id]})
                self.faults.append(IfcFault(element.global_id, element.name, "global_id", reason))

    def _entities(self, rule: ElementRule) -> list[Any]:
        try:
            entities = self.model.by_type(rule.entity)
        except RuntimeError:
            return []  # an entity that this version of IFC does not have
        return [entity for entity in entities if _fits(entity, rule)]

    def _element(self, entity: Any, rule: ElementRule) -> IfcElement:
        from mes.orders.ifc_model.facts import EntityFacts

        facts = EntityFacts(entity, rule, self.units)
        # The mark comes first and the weight after the volume: other facts may be made of them.
        texts = {"mark": _text(facts, "mark")}
        numbers = {name: _measure(facts, name) for name in MEASURES}
        texts |= {name: _text(facts, name) for name in ("type_code", "concrete_grade", "storey")}
        building = facts.value("building", self.profile.building)
        self.project_name = self.project_name or str(facts.value("project_name", self.profile.project_name) or "")
        self._note_missing(entity, {**texts, **numbers})
        return IfcElement(
            global_id=str(entity.GlobalId),
            name=str(entity.Name or ""),
            mark=texts["mark"],
            type_code=texts["type_code"] or "",
            family=rule.family,
            length_mm=numbers["length_mm"],
            width_mm=numbers["width_mm"],
            thickness_mm=numbers["thickness_mm"],
            volume_m3=numbers["volume_m3"],
            weight_kg=numbers["weight_kg"],
            concrete_grade=texts["concrete_grade"],
            storey=texts["storey"],
            building=None if building is None else str(building),
        )

    def _note_missing(self, entity: Any, facts: dict[str, Any]) -> None:
        for name in _NEEDED:
            if facts[name] is None:
                self.faults.append(
                    IfcFault(
                        str(entity.GlobalId),
                        str(entity.Name or ""),
                        name,
                        Text(
                            N_("none of the places that the profile %(profile)s names has a usable value"),
                            {"profile": self.profile.name},
                        ),
                    )
                )


def _fits(entity: Any, rule: ElementRule) -> bool:
    from mes.orders.ifc_model.facts import set_value

    if rule.name_matches and not re.fullmatch(rule.name_matches, entity.Name or ""):
        return False
    if rule.has_pset and not _has_pset(entity, rule.has_pset):
        return False
    if rule.only_if is None:
        return True
    value = set_value(entity, rule.only_if.property)
    return value is not None and re.fullmatch(rule.only_if.value_matches, str(value)) is not None


def _has_pset(entity: Any, name: str) -> bool:
    import ifcopenshell.util.element as element_tools

    return name in element_tools.get_psets(entity, psets_only=True)


def _text(facts: EntityFacts, name: str) -> str | None:
    value = facts.value(name, getattr(facts.rule.fields, name))
    return None if value is None else str(value)


def _measure(facts: EntityFacts, name: str) -> float | None:
    value = facts.value(name, getattr(facts.rule.fields, name))
    if value is None:
        return None
    return round(float(value), {"volume_m3": 4, "weight_kg": 1}.get(name, 1))


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts marks as people do: 2 before 10."""
    parts = re.findall(r"\d+|\D+", text)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
