"""The JSON documents of the command line: reading a request strictly, writing an answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from quality.catalogue import DIMENSION_NAMES, Dimensions
from quality.concrete import StrengthEvaluation
from quality.judging import Evaluation, ItemResult, Measurement
from quality.rules import Face
from quality.verdict import Fault, RefusedInputError

_TOP_KEYS = ("family", *DIMENSION_NAMES, "measurements")


@dataclass(frozen=True)
class EvaluationRequest:
    """A measurements document: the element's family and size, its measurements, and the rules it names."""

    rules: str | None
    family: str
    dimensions: Dimensions
    measurements: tuple[Measurement, ...]


def read_json(text: str) -> Any:
    """The JSON value in `text`; raises RefusedInputError where it is none or repeats a key."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        if len(record) < len(pairs):
            keys = [key for key, _ in pairs]
            repeated = next(key for key in keys if keys.count(key) > 1)
            raise RefusedInputError([Fault("$", f"the key {repeated!r} is given twice")])
        return record

    try:
        return json.loads(text, object_pairs_hook=unique)
    except RecursionError as error:
        raise RefusedInputError([Fault("$", "is nested too deeply")]) from error
    except ValueError as error:
        if isinstance(error, RefusedInputError):
            raise
        raise RefusedInputError([Fault("$", f"is not JSON: {error}")]) from error


def parse_request(document: Any) -> EvaluationRequest:
    """The typed request; raises RefusedInputError with the JSON path of every wrong shape.

    Whether numbers make sense is judged by `evaluate`, which knows the rules.
    """
    faults: list[Fault] = []
    record = read_record(document, "$", _TOP_KEYS, ("rules",), faults)
    family = _text(record, "family", "$", faults)
    rules = _text(record, "rules", "$", faults) if "rules" in record else None
    entries = record.get("measurements", [])
    if not isinstance(entries, list):
        faults.append(Fault("$.measurements", "a list of measurements is expected"))
        entries = []
    measurements = [_measurement(e, f"$.measurements[{i}]", faults) for i, e in enumerate(entries)]
    if faults:
        raise RefusedInputError(faults)
    dimensions = Dimensions(**{name: record[name] for name in DIMENSION_NAMES})
    return EvaluationRequest(rules, family, dimensions, tuple(measurements))


def read_record(
    value: Any, path: str, required: tuple[str, ...], optional: tuple[str, ...], faults: list[Fault]
) -> dict[str, Any]:
    """The value as an object with these keys and no others; adds a fault for each one wrong."""
    if not isinstance(value, dict):
        faults.append(Fault(path, "an object is expected"))
        return {}
    known = (*required, *optional)
    faults += [
        Fault(f"{path}.{key}", f"unknown key; known are {', '.join(known)}") for key in value if key not in known
    ]
    faults += [Fault(f"{path}.{key}", "is missing") for key in required if key not in value]
    return value


def _text(record: dict[str, Any], key: str, path: str, faults: list[Fault]) -> str:
    value = record.get(key, "")
    if isinstance(value, str):
        return value
    faults.append(Fault(f"{path}.{key}", f"text is expected, not {str(value)[:40]}"))
    return ""


def _measurement(entry: Any, path: str, faults: list[Fault]) -> Measurement:
    record = read_record(entry, path, ("item", "values"), ("nominal", "face", "temporary", "unit"), faults)
    item = _text(record, "item", path, faults)
    values = record.get("values", [])
    if not isinstance(values, list):
        faults.append(Fault(f"{path}.values", "a list of readings is expected"))
        values = []
    face, temporary = record.get("face"), record.get("temporary", False)
    if face is not None and face not in [str(known) for known in Face]:
        faults.append(Fault(f"{path}.face", f"one of {', '.join(Face)} is expected"))
        face = None
    if not isinstance(temporary, bool):
        faults.append(Fault(f"{path}.temporary", "true or false is expected"))
    return Measurement(
        item=item,
        nominal=_readable(record.get("nominal")),
        values=tuple(_readable(value) for value in values),
        face=Face(face) if face is not None else None,
        temporary=temporary is True,
        unit=_text(record, "unit", path, faults) if "unit" in record else "mm",
    )


def _readable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def evaluation_document(evaluation: Evaluation) -> dict[str, Any]:
    """The answer to a measurements document."""
    return {
        "result": evaluation.result.value,
        "items": [_item_document(item) for item in evaluation.items],
        "missing": list(evaluation.missing),
    }


def _item_document(item: ItemResult) -> dict[str, Any]:
    return {
        "item": item.item,
        "deviation": plain(item.deviation),
        "allowed": [plain(limit) for limit in item.allowed],
        "margin": plain(item.margin),
        "result": item.result.value,
        "clause": item.clause,
    }


def strength_document(evaluation: StrengthEvaluation) -> dict[str, Any]:
    """The answer about a lot of concrete."""
    return {
        "result": evaluation.result.value,
        "method": evaluation.method.value,
        "n": evaluation.n,
        "mean": plain(evaluation.mean),
        "min": plain(evaluation.min),
        "criteria": [
            {
                "name": criterion.name,
                "actual": plain(criterion.actual),
                "required": plain(criterion.required),
                "result": criterion.result.value,
            }
            for criterion in evaluation.criteria
        ],
    }


def faults_document(faults: tuple[Fault, ...]) -> dict[str, Any]:
    """The answer to wrong input."""
    return {"result": "error", "faults": [{"path": f.path, "message": f.message} for f in faults]}


def plain(number: float) -> float | int:
    """Whole numbers without a decimal point, as people write millimetres."""
    return int(number) if number == int(number) else number
