"""Every fault of Sparkplug B, all at once."""

import pytest

from lines.simulator import FaultKind
from tests.lines.faults.matrix import FaultMatrix


@pytest.mark.slow
class TestSparkplug(FaultMatrix):
    """See :class:`tests.lines.faults.matrix.FaultMatrix`."""

    protocol = "sparkplug"
    silent = frozenset({FaultKind.HANGING, FaultKind.TOO_SLOW})
