"""The stay of a load in its chamber in figures, and the digest of its kept curve: what others are told of a cure."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

from mes.inspection.models import CuringRecord
from quality.curing import CuringPoint, temperature_at

STEP_MINUTES = 0.5
"""Between the last temperature outside and the first one inside a chamber."""
_MINUTE = timedelta(minutes=1)


def stay_in_chamber(record: CuringRecord) -> dict[str, Any] | None:
    """Least, highest and mean temperature (°C) while the load was in its chamber; None where it never was.

    The mean is that of the kept curve over time, straight between its points.
    """
    if record.entered_at is None:
        return None
    curve = [CuringPoint(minutes, celsius) for minutes, celsius in record.curve]
    begins = (record.entered_at - record.cast_at) / _MINUTE + STEP_MINUTES
    ends = (record.left_at - record.cast_at) / _MINUTE if record.left_at else curve[-1].minutes
    if ends <= begins:
        return None
    inner = [(point.minutes, point.temperature_c) for point in curve if begins < point.minutes < ends]
    told = [(begins, temperature_at(curve, begins)), *inner, (ends, temperature_at(curve, ends))]
    area = sum((later[0] - earlier[0]) * (earlier[1] + later[1]) / 2 for earlier, later in pairwise(told))
    return {
        "started_at": (record.cast_at + begins * _MINUTE).isoformat(),
        "ended_at": (record.cast_at + ends * _MINUTE).isoformat(),
        "lowest_c": round(min(celsius for _, celsius in told), 1),
        "highest_c": round(max(celsius for _, celsius in told), 1),
        "mean_c": round(area / (ends - begins), 1),
    }


def curve_digest(record: CuringRecord) -> str:
    """SHA-256 of the kept curve as JSON without blanks, so that a curve that is shown later can be checked."""
    return sha256(json.dumps(record.curve, separators=(",", ":")).encode()).hexdigest()
