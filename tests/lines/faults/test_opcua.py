"""Every fault of OPC UA, all at once."""

import pytest

from tests.lines.faults.matrix import FaultMatrix


@pytest.mark.slow
class TestOpcUa(FaultMatrix):
    """See :class:`tests.lines.faults.matrix.FaultMatrix`."""

    protocol = "opcua"
