"""Pages of the room: inspectors' work lists and forms, nonconformities, cube tests, certificates, supervision."""

from mes.inspection.views import (
    concrete,
    cubes,
    curing,
    elements,
    forms,
    handovers,
    home,
    judging,
    lots,
    nonconformities,
    papers,
    policy,
    reporting,
    signature,
    supervision,
    things,
)
from mes.inspection.views.blueprint import pages

__all__ = [
    "concrete",
    "cubes",
    "curing",
    "elements",
    "forms",
    "handovers",
    "home",
    "judging",
    "lots",
    "nonconformities",
    "pages",
    "papers",
    "policy",
    "reporting",
    "signature",
    "supervision",
    "things",
]
