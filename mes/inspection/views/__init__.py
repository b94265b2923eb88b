"""Pages of the room: inspectors' work lists and forms, nonconformities, cube tests, certificates, supervision."""

from mes.inspection.views import (
    concrete,
    cubes,
    curing,
    elements,
    forms,
    home,
    judging,
    nonconformities,
    papers,
    policy,
    reporting,
    supervision,
)
from mes.inspection.views.blueprint import pages

__all__ = [
    "concrete",
    "cubes",
    "curing",
    "elements",
    "forms",
    "home",
    "judging",
    "nonconformities",
    "pages",
    "papers",
    "policy",
    "reporting",
    "supervision",
]
