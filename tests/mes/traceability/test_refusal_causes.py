"""Which refusals are one cause: alike but for numbers, serials and addresses; two fields stay two causes."""

from __future__ import annotations

import pytest

from mes.traceability.causes import cause_of

ALIKE = [
    ("400: weight of 251000000 is missing", "400: weight of 251000017 is missing"),
    ("mass 2.715 kg is too large, at most 2.5", "mass 12 kg is too large, at most 2.5"),
    ("unknown code DBS1-67-3620-31", "unknown code WQ-3028-1514"),
    ("no such element https://id.gs1.org/01/00614141000012/21/9", "no such element https://id.gs1.org/01/0/21/10"),
    ("component.epc of 3074257BF7194E4000001A85 已存在", "component.epc of 3074257BF7194E4000001A86 已存在"),
    ("eventTime 2026-11-22T08:00:00.000Z in the future", "eventTime 2026-11-23T09:30:00.000Z in the future"),
    ("构件251000000重量为空", "构件251000001重量为空"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_numbers_serials_and_addresses_do_not_split_a_cause(one: str, other: str) -> None:
    assert cause_of(one) == cause_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("400: weight is missing", "400: volume is missing"),
        ("400: field1 is missing", "400: field2 is missing"),
        ("400: no", "422: no"),
        ("构件251000000重量为空", "构件251000000体积为空"),
    ],
)
def test_another_field_or_status_is_another_cause(one: str, other: str) -> None:
    assert cause_of(one) != cause_of(other)


def test_nothing_said_is_a_cause_too() -> None:
    assert cause_of(None) == cause_of("") == ""
