"""Readings and defects in the reader's words: what cannot be true is asked about, with the place it stands at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from mes.core.errors import InvalidInput
from mes.inspection.judgement import judge_readings, plan_of, require_places, rules_of
from mes.inspection.schemas import DrawingPlace, Reading, SeenDefect
from mes.orders.models import Element
from tests.mes.inspection.stage import Stage, good_readings


@pytest.fixture
def session(stage: Stage) -> Iterator[Session]:
    with stage.database.reading() as opened:
        yield opened


@pytest.fixture
def element(session: Session, stage: Stage) -> Element:
    """A slab of 3420 × 1760 × 60 mm."""
    return session.get_one(Element, stage.element_ids[0])


def seen(x_mm: float, y_mm: float) -> SeenDefect:
    return SeenDefect(defect="crack", severity="general", place=DrawingPlace(face="top", x_mm=x_mm, y_mm=y_mm))


def test_a_slip_of_the_pen_is_asked_about_with_what_was_perhaps_meant(element: Element) -> None:
    with pytest.raises(InvalidInput) as refusal:
        judge_readings(element, [Reading(item="length", values=[3421.0, 34240.0])])
    (fault,) = refusal.value.faults
    assert fault.where == "measurements[0].values[1]"
    assert "34240" in str(fault.reason)
    assert "3424" in str(fault.reason).replace("34240", "")


def test_the_readings_are_judged_by_the_rules_of_the_element(element: Element) -> None:
    judged = judge_readings(element, good_readings())
    assert judged.acceptable
    assert {item.clause for item in judged.items} == {"GB 50204-2015 table 9.2.7"}
    assert plan_of(element, "final").rules == rules_of(element).id


def test_a_defect_has_a_place_on_the_element(element: Element) -> None:
    require_places(element, [seen(0, 0), seen(3420, 1760)])
    with pytest.raises(InvalidInput) as refusal:
        require_places(element, [seen(100, 100), seen(3421, 0), seen(0, 1761)])
    assert [fault.where for fault in refusal.value.faults] == ["defects[1].place.x_mm", "defects[2].place.y_mm"]
    require_places(element, [SeenDefect(defect="crack", severity="general")])


def test_an_element_without_its_transaction_has_no_rules() -> None:
    with pytest.raises(RuntimeError, match="belongs to no transaction"):
        rules_of(Element(serial=7))
