"""Every fault of MQTT with JSON, all at once."""

import pytest

from lines.simulator import FaultKind
from tests.lines.faults.matrix import FaultMatrix


@pytest.mark.slow
class TestMqtt(FaultMatrix):
    """See :class:`tests.lines.faults.matrix.FaultMatrix`."""

    protocol = "mqtt"
    silent = frozenset({FaultKind.HANGING, FaultKind.TOO_SLOW})
