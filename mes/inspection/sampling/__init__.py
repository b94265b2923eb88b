"""Sampling lots (检验批): built while elements finish; a sample is measured, the others are looked at."""

from mes.inspection.sampling.lots import enrol_finished, lot_of, refuse_lot
from mes.inspection.sampling.rule import (
    LotNotInspected,
    Measuring,
    looked_at_among,
    measuring_of,
    require_measured,
    require_sample,
    unmeasured_in_refused_lots,
)

__all__ = [
    "LotNotInspected",
    "Measuring",
    "enrol_finished",
    "looked_at_among",
    "lot_of",
    "measuring_of",
    "refuse_lot",
    "require_measured",
    "require_sample",
    "unmeasured_in_refused_lots",
]
