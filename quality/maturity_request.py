"""The documents of `python -m quality maturity`: a mix as JSON, a temperature curve as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from quality.maturity import MaturityEvaluation, MaturityMethod, Mix, TemperatureReading
from quality.maturity_line import CalibrationPoint
from quality.request import plain, read_record
from quality.verdict import Fault, RefusedInputError

_COLUMNS = ["minutes", "temperature_c"]
_CONSTANTS = ("reference_temperature_c", "datum_temperature_c", "activation_energy_j_per_mol")


@dataclass(frozen=True)
class MixRequest:
    """A mix, and the strength and confidence that are asked for."""

    mix: Mix
    required_mpa: float | None
    confidence: float


def parse_mix(document: Any) -> MixRequest:
    """The typed mix; raises RefusedInputError with JSON paths. Numbers are judged by `evaluate_maturity`."""
    faults: list[Fault] = []
    optional = ("name", *_CONSTANTS, "required_mpa", "confidence")
    record = read_record(document, "$", ("method", "calibration"), optional, faults)
    method = record.get("method", "")
    if "method" in record and method not in list(MaturityMethod):
        faults.append(Fault("$.method", f"one of {', '.join(MaturityMethod)} is expected"))
    points = record.get("calibration", [])
    if not isinstance(points, list):
        faults.append(Fault("$.calibration", "a list of points is expected"))
        points = []
    keys = ("equivalent_age_hours", "strength_mpa")
    records = [read_record(p, f"$.calibration[{i}]", keys, (), faults) for i, p in enumerate(points)]
    if faults:
        raise RefusedInputError(faults)
    mix = Mix(
        name=str(record.get("name", "")),
        method=MaturityMethod(method),
        calibration=tuple(CalibrationPoint(**point) for point in records),
        **{key: record[key] for key in _CONSTANTS if key in record},
    )
    return MixRequest(mix, record.get("required_mpa"), record.get("confidence", 0.95))


def parse_curve(text: str) -> list[TemperatureReading]:
    """Readings from CSV with the columns minutes, temperature_c; raises RefusedInputError with the line."""
    rows = csv.reader(io.StringIO(text))
    if [cell.strip() for cell in next(rows, [])] != _COLUMNS:
        raise RefusedInputError([Fault("$.curve", f"the first line must be {','.join(_COLUMNS)}")])
    faults: list[Fault] = []
    readings = []
    for row in rows:
        if not row:
            continue
        try:
            minutes, temperature = (float(cell) for cell in row)
            readings.append(TemperatureReading(minutes, temperature))
        except ValueError:
            faults.append(Fault(f"$.curve line {rows.line_num}", f"two numbers are expected, not {row!r:.60}"))
    if faults:
        raise RefusedInputError(faults)
    return readings


def maturity_document(mix: Mix, evaluation: MaturityEvaluation) -> dict[str, Any]:
    """The answer about a temperature curve."""
    prediction = evaluation.prediction
    return {
        "result": evaluation.result.value if evaluation.result else None,
        "method": mix.method.value,
        "equivalent_age_hours": plain(round(evaluation.equivalent_age_hours, 3)),
        "strength_mpa": plain(round(prediction.strength_mpa, 2)),
        "interval_mpa": [plain(round(prediction.lower_mpa, 2)), plain(round(prediction.upper_mpa, 2))],
        "extrapolated": prediction.extrapolated,
        "confidence": evaluation.confidence,
        "required_mpa": evaluation.required_mpa,
        "reached_at_minutes": evaluation.reached_at_minutes,
    }
