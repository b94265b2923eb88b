"""A platform for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mes.traceability.platforms.addresses import read_rules, rules_in_force, use_rules
from mes.traceability.sandbox import Fault, Limits
from tests.mes.traceability.city import City, StartCity, running


@pytest.fixture(autouse=True)
def loopback_may_be_called() -> Iterator[None]:
    """Platforms of tests are on this machine."""
    before = rules_in_force()
    use_rules(read_rules("127.0.0.0/8"))
    yield
    use_rules(before)


@pytest.fixture
def start_city(tmp_path: Path) -> Iterator[StartCity]:
    """Starts platforms that end with the test."""
    with ExitStack() as stack:

        def start(*faults: Fault, api_keys: tuple[str, ...] = (), limits: Limits | None = None) -> City:
            return stack.enter_context(running(tmp_path / "city", faults, api_keys, limits))

        yield start


@pytest.fixture
def city(start_city: StartCity) -> City:
    """A platform without faults, keys or particular limits."""
    return start_city()
