"""Every fault of Modbus RTU, all at once."""

import pytest

from tests.lines.faults.matrix import FaultMatrix


@pytest.mark.slow
class TestModbusRtu(FaultMatrix):
    """See :class:`tests.lines.faults.matrix.FaultMatrix`."""

    protocol = "modbus-rtu"
