"""Every figure, in the order of the table."""

from __future__ import annotations

from bench import (
    against_pyjobshop,
    board,
    delivery,
    delivery_faults,
    events,
    flow_shops,
    gateway,
    house_readings,
    labels,
    large,
    nesting,
    optimality,
    planning,
    recall,
    replanning,
    starting,
    statistics,
)
from bench.figure import Figure

FIGURES: tuple[Figure, ...] = (
    *planning.FIGURES,
    *large.FIGURES,
    *against_pyjobshop.FIGURES,
    *optimality.FIGURES,
    *replanning.FIGURES,
    *starting.FIGURES,
    *flow_shops.FIGURES,
    *nesting.FIGURES,
    *events.FIGURES,
    *gateway.FIGURES,
    *house_readings.FIGURES,
    *board.FIGURES,
    *labels.FIGURES,
    *recall.FIGURES,
    *statistics.FIGURES,
    *delivery.FIGURES,
    *delivery_faults.FIGURES,
)
