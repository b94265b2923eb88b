"""Inspection plans: what an inspection of a family asks for. The form on the tablet is made from them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from quality.catalogue import Dimensions, Item, ItemKind, catalogue
from quality.documents import Place, read_document
from quality.rules import SOURCE_KEYS, RuleSet, Source, load_rules, read_source
from quality.words import Words

PLANS = Path(__file__).with_name("inspection_plans")
DEFAULT_RULES = "gb50204-2015"


class InspectionKind(StrEnum):
    """The inspections of an element."""

    HIDDEN_WORKS = "hidden_works"
    FINAL = "final"


class UnknownInspectionError(ValueError):
    """An inspection kind that does not exist; the message lists those that do."""


class AnswerKind(StrEnum):
    """What an item of a plan asks for."""

    CHECK = "check"
    """one of `PlanItem.answers`"""
    MEASURE = "measure"
    """readings in `PlanItem.unit`, judged by `judge_item`"""


@dataclass(frozen=True)
class Answer:
    """One possible answer to a check; `accepts` is False for the answer that stops the element."""

    id: str
    title: Words
    accepts: bool


@dataclass(frozen=True)
class PlanItem:
    """One line of an inspection form.

    `readings` is the number of readings (0 for a check); `pairs` says that a reading is a position [x, y];
    `repeatable` that there may be several (each hole, each embed), each with its own nominal value;
    `nominal` is the element's own nominal value in mm, where it has one and the size was given.
    """

    id: str
    title: Words
    method: Words
    answer_kind: AnswerKind
    unit: str
    readings: int
    required: bool
    photo_required: bool = False
    answers: tuple[Answer, ...] = ()
    nominal: float | None = None
    nominal_required: bool = False
    pairs: bool = False
    repeatable: bool = False


@dataclass(frozen=True)
class Defect:
    """A kind of visible defect, and what makes it severe or general."""

    id: str
    title: Words
    description: Words
    severe: Words
    general: Words


@dataclass(frozen=True)
class InspectionPlan:
    """All that one inspection of one family asks for; `rules` names the tolerance rules of measured items."""

    kind: InspectionKind
    family: str
    title: Words
    source: Source
    items: tuple[PlanItem, ...]
    defects: tuple[Defect, ...]
    rules: str | None


def inspection_plan(
    kind: InspectionKind | str,
    family: str,
    dimensions: Dimensions | None = None,
    rules: str | Path | RuleSet = DEFAULT_RULES,
) -> InspectionPlan:
    """What an inspection of a family asks for.

    `dimensions` fills in the nominal values of length, width and thickness, and leaves out items without a
    tolerance at this length. Raises UnknownInspectionError, UnknownFamilyError, and what `load_rules` raises.
    """
    if kind not in list(InspectionKind):
        raise UnknownInspectionError(f"unknown inspection {kind!r}; known are {', '.join(InspectionKind)}")
    catalogue().family(family)
    entry = _plan_document(InspectionKind(kind))
    if kind == InspectionKind.HIDDEN_WORKS:
        return _hidden_works_plan(entry, family)
    rule_set = rules if isinstance(rules, RuleSet) else load_rules(rules)
    return _final_plan(entry, family, dimensions, rule_set)


@cache
def _plan_document(kind: InspectionKind) -> dict[str, Place]:
    place = read_document(PLANS / f"{kind}.yaml")
    content = ["answers", "items"] if kind is InspectionKind.HIDDEN_WORKS else ["repeatable", "defects"]
    entry = place.record([*SOURCE_KEYS, *content])
    entry["kind"].one_of([kind.value])
    return entry


def _hidden_works_plan(entry: dict[str, Place], family: str) -> InspectionPlan:
    answers = tuple(_read_answer(place) for place in entry["answers"].sequence())
    items = [_read_check(place, family, answers) for place in entry["items"].sequence()]
    return InspectionPlan(
        kind=InspectionKind.HIDDEN_WORKS,
        family=family,
        title=entry["title"].words(),
        source=read_source(entry),
        items=tuple(item for item in items if item is not None),
        defects=(),
        rules=None,
    )


def _read_answer(place: Place) -> Answer:
    entry = place.record(["id", "title", "accepts"])
    return Answer(entry["id"].text(), entry["title"].words(), entry["accepts"].truth())


def _read_check(place: Place, family: str, answers: tuple[Answer, ...]) -> PlanItem | None:
    """The check, or None where it is not asked of this family."""
    entry = place.record(["id", "title", "method", "for", "photo_required"], ["required", "always_applies"])
    if family not in catalogue().resolve_families(entry["for"]):
        return None
    always = entry["always_applies"].truth() if "always_applies" in entry else False
    return PlanItem(
        id=entry["id"].text(),
        title=entry["title"].words(),
        method=entry["method"].words(),
        answer_kind=AnswerKind.CHECK,
        unit="",
        readings=0,
        required=entry["required"].truth() if "required" in entry else True,
        photo_required=entry["photo_required"].truth(),
        answers=tuple(answer for answer in answers if not always or answer.id != "not_applicable"),
    )


def _final_plan(entry: dict[str, Place], family: str, dimensions: Dimensions | None, rules: RuleSet) -> InspectionPlan:
    repeatable = {ItemKind(place.one_of(ItemKind)) for place in entry["repeatable"].sequence()}
    items = [item for item in catalogue().items.values() if rules.covers(item.id, family, dimensions)]
    return InspectionPlan(
        kind=InspectionKind.FINAL,
        family=family,
        title=entry["title"].words(),
        source=read_source(entry),
        items=tuple(_measured(item, family, dimensions, rules, item.kind in repeatable) for item in items),
        defects=tuple(_read_defect(place) for place in entry["defects"].sequence()),
        rules=rules.id,
    )


def _measured(item: Item, family: str, dimensions: Dimensions | None, rules: RuleSet, repeatable: bool) -> PlanItem:
    own = item.nominal_from is not None
    nominal = getattr(dimensions, item.nominal_from) if dimensions and item.nominal_from else None
    needs_nominal = item.kind in (ItemKind.SIZE, ItemKind.POSITION) and not own
    return PlanItem(
        id=item.id,
        title=item.title,
        method=rules.items[item.id].method,
        answer_kind=AnswerKind.MEASURE,
        unit=item.unit,
        readings=item.readings,
        required=family in item.required_for,
        nominal=nominal if own else item.default_nominal,
        nominal_required=needs_nominal,
        pairs=item.kind is ItemKind.POSITION,
        repeatable=repeatable and not own,
    )


def _read_defect(place: Place) -> Defect:
    entry = place.record(["id", "title", "description", "severe", "general"])
    return Defect(
        entry["id"].text(),
        entry["title"].words(),
        entry["description"].words(),
        entry["severe"].words(),
        entry["general"].words(),
    )
