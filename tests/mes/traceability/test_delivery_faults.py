"""A small edition of the figure `delivery-faults`: real sockets, a platform with faults, a sender that is killed."""

from __future__ import annotations

from bench.delivery_faults import NOTHING, faults
from mes.traceability.platforms.addresses import rules_in_force, use_rules


def test_a_sender_that_is_killed_and_a_platform_with_faults_lose_nothing() -> None:
    before = rules_in_force()
    try:
        found = faults(1, elements=12, events_each=10, kills=3, most=14)
    finally:
        use_rules(before)
    assert {name: found[name] for name in NOTHING} == dict.fromkeys(NOTHING, 0.0)
    assert found["killed"] == 3
    assert float(found["delivered"] or 0) > 100
