"""What the operator at the curing and the demoulding station reads of a load: the earliest safe time of demoulding."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from mes.core.text import N_, Text
from mes.inspection.concrete.records import record_of
from mes.inspection.models import CuringRecord
from mes.planning.models import Operation
from mes.shopfloor.hints import StationHint, tells_operators
from mes.shopfloor.loads import CURING, DEMOULDING

METHODS = {"nurse_saul": "Nurse–Saul", "arrhenius": "Arrhenius"}


@tells_operators
def tell_safe_time(session: Session, operation: Operation) -> Iterator[StationHint]:
    """The time at the plant's confidence, what it rests on, and that it releases nothing."""
    if operation.station.kind not in (CURING, DEMOULDING):
        return
    record = record_of(session, operation.load)
    if record is None or record.final:
        return
    title = Text(N_("Earliest safe demoulding"))
    url = f"/inspection/concrete/curing/{operation.load_id}"
    only_cubes = Text(N_("A prediction only: the cube test releases the load"))
    if operation.load.demould_released_at is not None:
        return
    if record.safe_at is None:
        yield StationHint(title, Text(N_("not known yet")), (_why_not(record), only_cubes), "warn", url=url)
        return
    is_reached = record.safe_at <= record.evaluated_at
    value = Text(N_("at %(percent)s %%"), {"percent": f"{record.basis['confidence'] * 100:g}"})
    rests_on = (_rests_on(record), only_cubes)
    yield StationHint(title, value, rests_on, "good" if is_reached else "info", record.safe_at, url)


def _rests_on(record: CuringRecord) -> Text:
    basis = record.basis
    count = basis["trial_sets"] + basis["own_sets"]
    words = {"count": count, "method": METHODS[basis["method"]], "mix": record.mix_code}
    return Text(N_("rests on %(count)s sets of cubes of mix %(mix)s, %(method)s"), words)


def _why_not(record: CuringRecord) -> Text:
    reasons = {
        "no_mix": N_("The mix is not defined yet, so there is no prediction"),
        "few_points": N_("The mix has too few calibration points for a prediction"),
        "silent": N_("The chamber was not heard for too long, so no time is promised"),
    }
    otherwise = N_("The strength is not reached within the calibrated ages")
    return Text(reasons.get(record.basis.get("why_not", ""), otherwise))
