"""Reading plans from YAML, and putting together what one inspection asks for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from quality.catalogue import Dimensions, Item, ItemKind, Subject, catalogue
from quality.documents import Place, parse_document, read_text
from quality.plans.items import read_answer, read_defect, read_item, read_lot
from quality.plans.model import (
    Answer,
    AnswerKind,
    Defect,
    InspectionKind,
    InspectionPlan,
    PlanItem,
    PlanSubject,
    UnknownInspectionError,
    UnknownSubjectError,
)
from quality.rules import (
    SOURCE_KEYS,
    RuleSet,
    Source,
    UnknownRulesError,
    canonical_text,
    digest_of,
    load_rules,
    read_source,
)
from quality.words import Words

PLANS = Path(__file__).parents[1] / "inspection_plans"
DEFAULT_RULES = "gb50204-2015"
RULES_OF_KIND = {
    InspectionKind.FINAL: (Subject.ELEMENT, DEFAULT_RULES),
    InspectionKind.MOULD: (Subject.MOULD, "gbt51231-2016-mould"),
    InspectionKind.REBAR: (Subject.REBAR, "gbt51231-2016-rebar"),
}
"""Inspections that measure all that a rule set knows, and the packaged set that they are judged by."""
_CONTENT = ("answers", "items", "defects", "repeatable", "subjects")


@dataclass(frozen=True)
class _Document:
    """A plan file, read as far as it is the same for all its families."""

    entry: dict[str, Place]
    title: Words
    source: Source
    subjects: dict[str, PlanSubject]
    answers: tuple[Answer, ...]
    defects: tuple[Defect, ...]
    text: str


def inspection_plan(
    kind: InspectionKind | str,
    family: str,
    dimensions: Dimensions | None = None,
    rules: str | Path | RuleSet | None = None,
    first_article: bool = False,
) -> InspectionPlan:
    """What an inspection of a family, or for incoming lots and processes of a material, asks for.

    `dimensions` fills in the nominal values of length, width and thickness, and leaves out items without a
    tolerance at this length. `rules` judges what is measured; without it the packaged set of the kind does.
    `first_article` adds what only the first piece of a type or a mould is asked.

    Raises UnknownInspectionError, UnknownFamilyError, UnknownSubjectError, and what `load_rules` raises.
    """
    if kind not in list(InspectionKind):
        raise UnknownInspectionError(f"unknown inspection {kind!r}; known are {', '.join(InspectionKind)}")
    known = InspectionKind(kind)
    document = _document(known)
    _require_subject(document, known, family)
    items = [*_own_items(document, family, first_article)]
    rule_set = None
    if known in RULES_OF_KIND:
        rule_set = _rules_of(known, rules)
        items = [*_measured_items(document, family, dimensions, rule_set), *items]
    return InspectionPlan(
        kind=known,
        family=family,
        title=document.title,
        source=document.source,
        items=tuple(items),
        defects=document.defects,
        rules=rule_set.id if rule_set else None,
        lot=document.subjects[family].lot if document.subjects else None,
        id=document.entry["id"].text(),
        text=document.text,
        sha256=digest_of(document.text),
        rule_set=rule_set,
    )


def _rules_of(kind: InspectionKind, rules: str | Path | RuleSet | None) -> RuleSet:
    subject, packaged = RULES_OF_KIND[kind]
    reference = rules if rules is not None else packaged
    found = reference if isinstance(reference, RuleSet) else load_rules(reference)
    if found.subject is not subject:
        raise UnknownRulesError(f"{found.id} is about {found.subject}, and this inspection about {subject}")
    return found


def plan_subjects(kind: InspectionKind | str) -> tuple[PlanSubject, ...]:
    """The materials that a kind of inspection knows; empty for those of families of elements."""
    return tuple(_document(InspectionKind(kind)).subjects.values())


@cache
def _document(kind: InspectionKind) -> _Document:
    path = PLANS / f"{kind}.yaml"
    text = canonical_text(read_text(path))
    entry = parse_document(text, path.name).record(SOURCE_KEYS, _CONTENT)
    entry["kind"].one_of([kind.value])
    source = read_source(entry)
    places = entry["subjects"].entries() if "subjects" in entry else {}
    return _Document(
        entry=entry,
        title=entry["title"].words(),
        source=source,
        subjects={key: _read_subject(key, place) for key, place in places.items()},
        answers=tuple(map(read_answer, entry["answers"].sequence())) if "answers" in entry else (),
        defects=tuple(map(read_defect, entry["defects"].sequence())) if "defects" in entry else (),
        text=text,
    )


def _read_subject(subject_id: str, place: Place) -> PlanSubject:
    entry = place.record(["title"], ["lot"])
    return PlanSubject(subject_id, entry["title"].words(), read_lot(entry["lot"]) if "lot" in entry else None)


def _require_subject(document: _Document, kind: InspectionKind, family: str) -> None:
    if not document.subjects:
        catalogue().family(family)
    elif family not in document.subjects:
        known = ", ".join(document.subjects)
        raise UnknownSubjectError(f"the {kind} inspection knows no {family!r}; known are {known}")


def _own_items(document: _Document, family: str, first_article: bool) -> list[PlanItem]:
    """The checks and figures that stand in the plan file itself."""
    if "items" not in document.entry:
        return []
    found = [
        read_item(place, family, document.subjects, document.answers, document.source)
        for place in document.entry["items"].sequence()
    ]
    return [item for item in found if item is not None and (first_article or not item.first_article)]


def _measured_items(document: _Document, family: str, dimensions: Dimensions | None, rules: RuleSet) -> list[PlanItem]:
    """All that the rules judge of this family."""
    repeatable = {ItemKind(place.one_of(ItemKind)) for place in document.entry["repeatable"].sequence()}
    items = [item for item in catalogue().items.values() if rules.covers(item.id, family, dimensions)]
    return [_measured(item, family, dimensions, rules, item.kind in repeatable) for item in items]


def _measured(item: Item, family: str, dimensions: Dimensions | None, rules: RuleSet, repeatable: bool) -> PlanItem:
    own = item.nominal_from is not None
    nominal = getattr(dimensions, item.nominal_from) if dimensions and item.nominal_from else None
    needs_nominal = item.kind in (ItemKind.SIZE, ItemKind.POSITION, ItemKind.OFFSET) and not own
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
