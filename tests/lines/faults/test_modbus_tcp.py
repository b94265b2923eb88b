"""Every fault of Modbus TCP, all at once."""

import pytest

from tests.lines.faults.matrix import FaultMatrix


@pytest.mark.slow
class TestModbusTcp(FaultMatrix):
    """See :class:`tests.lines.faults.matrix.FaultMatrix`."""

    protocol = "modbus-tcp"
