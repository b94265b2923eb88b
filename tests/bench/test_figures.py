"""Every figure runs end to end, at a size and for seconds that prove nothing but that."""

import pytest

from bench.catalogue import FIGURES
from bench.figure import Figure, SkippedError
from bench.peers.calling import PYTHON

TINY = {
    "planning-200": {"jobs": 8, "lines": 2, "seconds": 0.2},
    "timing-200": {"jobs": 8, "lines": 2, "seconds": 0.2},
    "tight-200": {"jobs": 30, "lines": 1, "seconds": 0.2},
    "large-5000": {"jobs": 8, "lines": 2, "seconds": 0.2},
    "pyjobshop-50": {"jobs": 3, "lines": 1, "seconds": 0.2, "peer_seconds": 1},
    "optimum": {"seconds": 0.2, "proof_seconds": 0.5},
    "proof-50": {"jobs": 3, "lines": 1, "seconds": 1},
    "replan-1000": {"jobs": 140, "lines": 1, "plan_seconds": 0.3, "seconds": 0.3},
    "first-200": {"jobs": 8, "lines": 2, "seconds": 0.2},
    "command-200": {"jobs": 8, "lines": 2, "seconds": 0.2},
    "taillard": {"seconds": 0.2},
    "tardiness": {"seconds": 0.2, "peer_seconds": 0.5},
    "nesting-slabs-200": {"items": 10, "seconds": 0.3},
    "nesting-mixed-100": {"items": 10, "seconds": 0.3},
    "events": {"rounds": 3},
    "gateway-100": {"devices": 3, "registers": 20, "seconds": 2},
    "board": {"changes": 2},
    "house-readings": {"batches": 1, "changes_percent": 5},
    "labels": {"count": 20},
    "statistics": {"inspections": 200},
    "ledger": {"count": 300},
    "delivery": {"elements": 12, "events_each": 4, "singly": 4},
    "recall": {"elements": 1000, "events": 1200, "questions": 2},
}


ELSEWHERE = {"delivery-faults"}  # tests/mes/traceability/test_delivery_faults.py runs a small edition
KINDS = {figure.measure: figure for figure in reversed(FIGURES) if figure.name not in ELSEWHERE}
DIFFERENT = list(KINDS.values())[::-1]
"""The first figure of each kind; the others of a kind differ in size only."""


@pytest.mark.parametrize("figure", DIFFERENT, ids=lambda figure: figure.name)
def test_a_figure_measures_what_its_rows_tell(figure: Figure) -> None:
    if figure.name.startswith(("pyjobshop", "tardiness")) and not PYTHON.exists():
        pytest.skip("PyJobShop is not installed: make peers")
    try:
        values = figure.measure(1, **TINY[figure.name])
    except SkippedError as reason:
        pytest.skip(str(reason))
    assert {quantity.name for quantity in figure.quantities} <= set(values)
    assert all(isinstance(value, (int, float, str, type(None))) for value in values.values())


def test_tiny_settings_are_settings_of_their_figure() -> None:
    assert {figure.name for figure in DIFFERENT} == set(TINY)
    for figure in DIFFERENT:
        assert set(TINY[figure.name]) <= set(figure.settings)
