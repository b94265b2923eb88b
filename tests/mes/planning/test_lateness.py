"""Lateness by delivery: a project's elements for one day."""

from __future__ import annotations

from datetime import date

from mes.planning.lateness import lateness_by_delivery
from tests.mes.planning.facts import RULES, ZONE, at, element


def test_a_delivery_is_ready_when_its_last_load_is_off_the_line_and_has_lain_in_the_yard() -> None:
    # Off the line on 24 November, 17:00; two days in the yard: 26th, 17:00. Wanted on the 25th, 07:00: 1.4 days late.
    elements = [element(n, required_on=date(2026, 11, 25)) for n in (1, 2)]
    (entry,) = lateness_by_delivery(elements, {1: at(9, 0, 23), 2: at(17, 0, 24)}, RULES, ZONE)
    assert entry.ready == at(17, 0, 26)
    assert entry.days_late == 2
    assert entry.is_late


def test_days_early_are_whole_days() -> None:
    (entry,) = lateness_by_delivery([element(1)], {1: at(17, 0, 24)}, RULES, ZONE)
    # Ready on the 26th, 17:00; wanted on 7 December, 07:00: 10.6 days early.
    assert entry.days_late == -10
    assert not entry.is_late


def test_a_delivery_that_is_not_wholly_planned_is_late() -> None:
    (entry,) = lateness_by_delivery([element(1), element(2)], {1: at(17, 0, 24)}, RULES, ZONE)
    assert (entry.element_count, entry.planned_count) == (2, 1)
    assert entry.is_late


def test_each_project_and_day_is_a_delivery_of_its_own_earliest_first() -> None:
    elements = [
        element(1),
        element(2, required_on=date(2026, 12, 1)),
        element(3, project_code="P0"),
    ]
    found = lateness_by_delivery(elements, {}, RULES, ZONE)
    assert [(entry.required_on.day, entry.project_code) for entry in found] == [(1, "P1"), (7, "P0"), (7, "P1")]
    assert all(entry.ready is None for entry in found)
