"""Reading the parts of a plan file: answers, defects, lots, and items that are checks or figures."""

from __future__ import annotations

from collections.abc import Mapping

from quality.catalogue import catalogue, read_expression
from quality.documents import Place
from quality.expressions import Expression
from quality.plans.model import Answer, AnswerKind, Defect, Limits, LotRule, PlanItem, PlanSubject
from quality.rules import Source

_REQUIRED = ("id", "title", "method", "for")
_OPTIONAL = ("photo_required", "required", "always_applies", "measure", "lot", "first_article", "clause")
_NOT_APPLICABLE = "not_applicable"


def read_answer(place: Place) -> Answer:
    """A possible answer to checks."""
    entry = place.record(["id", "title", "accepts"])
    return Answer(entry["id"].text(), entry["title"].words(), entry["accepts"].truth())


def read_defect(place: Place) -> Defect:
    """A kind of visible defect."""
    entry = place.record(["id", "title", "description", "severe", "general"])
    return Defect(
        entry["id"].text(),
        entry["title"].words(),
        entry["description"].words(),
        entry["severe"].words(),
        entry["general"].words(),
    )


def read_lot(place: Place) -> LotRule:
    """How much is one lot, and how much of it is taken."""
    entry = place.record(["most", "unit", "sample", "clause"])
    most = entry["most"].number()
    if most <= 0:
        raise entry["most"].refuse("a number above 0 is expected")
    return LotRule(most, entry["unit"].text(), entry["sample"].count(), entry["clause"].text())


def read_item(
    place: Place,
    family: str,
    subjects: Mapping[str, PlanSubject],
    answers: tuple[Answer, ...],
    source: Source,
) -> PlanItem | None:
    """The item, or None where it is not asked of this family or material."""
    entry = place.record(_REQUIRED, _OPTIONAL)
    if family not in _asked_of(entry["for"], subjects):
        return None
    always = _truth(entry, "always_applies", False)
    measure = entry["measure"].record(["unit", "plausible"], _MEASURE) if "measure" in entry else None
    return PlanItem(
        id=entry["id"].text(),
        title=entry["title"].words(),
        method=entry["method"].words(),
        answer_kind=AnswerKind.MEASURE if measure else AnswerKind.CHECK,
        unit=measure["unit"].text() if measure else "",
        readings=(measure["readings"].count() if "readings" in measure else 1) if measure else 0,
        required=_truth(entry, "required", True),
        photo_required=_truth(entry, "photo_required", False),
        answers=() if measure else tuple(one for one in answers if not always or one.id != _NOT_APPLICABLE),
        nominal=measure["nominal"].number() if measure and "nominal" in measure else None,
        nominal_required=_truth(measure, "nominal_required", False) if measure else False,
        limits=_read_limits(measure, f"{source.standard} {_clause(entry)}".strip()) if measure else None,
        lot=read_lot(entry["lot"]) if "lot" in entry else None,
        first_article=_truth(entry, "first_article", False),
    )


_MEASURE = ("readings", "at_least", "at_most", "classes", "relative", "nominal", "nominal_required")


def _clause(entry: Mapping[str, Place]) -> str:
    return entry["clause"].text() if "clause" in entry else ""


def _truth(entry: Mapping[str, Place], key: str, otherwise: bool) -> bool:
    return entry[key].truth() if key in entry else otherwise


def _asked_of(place: Place, subjects: Mapping[str, PlanSubject]) -> frozenset[str]:
    if not subjects:
        return catalogue().resolve_families(place)
    found: set[str] = set()
    for entry in place.sequence():
        name = entry.text()
        if name != "all" and name not in subjects:
            raise entry.refuse(f"{name!r} is not one of {', '.join(subjects)}")
        found |= set(subjects) if name == "all" else {name}
    return frozenset(found)


def _read_limits(measure: Mapping[str, Place], clause: str) -> Limits:
    bounds = [one.number() for one in measure["plausible"].sequence()]
    if len(bounds) != 2 or not bounds[0] < bounds[1]:
        raise measure["plausible"].refuse("a range [smallest, largest] is expected")
    return Limits(
        lower=_bound(measure, "at_least"),
        upper=_bound(measure, "at_most"),
        plausible=(bounds[0], bounds[1]),
        relative=_truth(measure, "relative", False),
        clause=clause,
        classes=tuple(map(_read_class, measure["classes"].sequence())) if "classes" in measure else (),
    )


def _read_class(place: Place) -> tuple[float, float]:
    entry = place.record(["up_to", "allowed"])
    return entry["up_to"].number(), entry["allowed"].number()


def _bound(measure: Mapping[str, Place], key: str) -> Expression | None:
    return read_expression(measure[key], frozenset({"n"})) if key in measure else None
