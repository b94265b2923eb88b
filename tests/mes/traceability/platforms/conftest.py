"""A platform's side of the wire, and leave to call it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mes.traceability.platforms.addresses import read_rules, rules_in_force, use_rules
from tests.mes.traceability.platforms.wire import Wire, listening


@pytest.fixture
def loopback() -> Iterator[None]:
    """This machine may be called."""
    before = rules_in_force()
    use_rules(read_rules("127.0.0.1"))
    yield
    use_rules(before)


@pytest.fixture
def wire(loopback: None) -> Iterator[Wire]:
    """A platform on a real socket."""
    with listening() as found:
        yield found
