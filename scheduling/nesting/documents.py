"""The nesting problem and result as documents of their contract, docs/contracts/nesting.md.

Beside this module stands the JSON Schema of both.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from scheduling.documents.issues import DocumentError
from scheduling.documents.json_values import Reader, parse_json, refuse
from scheduling.nesting.problem import Item, NestingError, NestingProblem, PalletType
from scheduling.nesting.result import (
    NestingObjective,
    NestingResult,
    NestingStatus,
    PalletLoad,
    Placement,
    UnplacedItem,
)

VERSION = 1


def read_nesting_problem(document: bytes) -> NestingProblem:
    """The nesting problem that a document holds; raises `NestingError` with JSON paths."""
    try:
        return _problem(parse_json(document))
    except NestingError:
        raise
    except DocumentError as error:
        raise NestingError(error.issues) from error


def read_nesting_result(document: bytes) -> NestingResult:
    """The result that a document holds; raises `NestingError` with JSON paths."""
    try:
        return _result(parse_json(document))
    except DocumentError as error:
        raise NestingError(error.issues) from error


def nesting_schema(document: str) -> dict[str, Any]:
    """The JSON Schema of a document, "problem" or "result"."""
    file = resources.files("scheduling.nesting") / f"{document}.schema.json"
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


def _start(value: Any) -> Reader:
    reader = Reader(value, "$")
    if reader.integer("version") != VERSION:
        raise refuse("$.version", f"must be {VERSION}")
    return reader


def _problem(value: Any) -> NestingProblem:
    reader = _start(value)
    pallets = reader.items("pallets", _pallet, required=True)
    items = reader.items("items", _item, required=True)
    window = reader.optional_integer("due_window_minutes")
    reader.finish()
    return NestingProblem(pallets, items, window)


def _pallet(value: Any, path: str) -> PalletType:
    reader = Reader(value, path)
    pallet = PalletType(
        id=reader.text("id"),
        length_mm=reader.integer("length_mm"),
        width_mm=reader.integer("width_mm"),
        max_load_kg=reader.integer("max_load_kg"),
        edge_clearance_mm=reader.integer("edge_clearance_mm", 0),
        gap_mm=reader.integer("gap_mm", 0),
        count=reader.optional_integer("count"),
    )
    reader.finish()
    return pallet


def _item(value: Any, path: str) -> Item:
    reader = Reader(value, path)
    item = Item(
        id=reader.text("id"),
        length_mm=reader.integer("length_mm"),
        width_mm=reader.integer("width_mm"),
        weight_kg=reader.integer("weight_kg"),
        group=reader.text("group"),
        due=reader.integer("due"),
        may_rotate=reader.boolean("may_rotate", True),
    )
    reader.finish()
    return item


def _result(value: Any) -> NestingResult:
    reader = _start(value)
    result = NestingResult(
        loads=reader.items("loads", _load, required=True),
        unplaced=reader.items("unplaced", _unplaced),
        objective=_optional_objective(reader, "objective"),
        bound=_optional_objective(reader, "bound"),
        status=reader.choice("status", NestingStatus, NestingStatus.FEASIBLE),
    )
    reader.finish()
    return result


def _load(value: Any, path: str) -> PalletLoad:
    reader = Reader(value, path)
    placements = reader.items("placements", _placement, required=True)
    load = PalletLoad(reader.text("id"), reader.text("pallet"), placements)
    reader.finish()
    return load


def _placement(value: Any, path: str) -> Placement:
    reader = Reader(value, path)
    placement = Placement(
        reader.text("item"), reader.integer("x_mm"), reader.integer("y_mm"), reader.boolean("rotated", False)
    )
    reader.finish()
    return placement


def _unplaced(value: Any, path: str) -> UnplacedItem:
    reader = Reader(value, path)
    entry = UnplacedItem(reader.text("item"), reader.text("reason"), reader.optional_text("code") or "")
    reader.finish()
    return entry


def _optional_objective(reader: Reader, key: str) -> NestingObjective | None:
    if key not in reader.value:
        return None
    entry = Reader(reader.take(key), reader.at(key))
    terms = {name: entry.integer(name) for name in ("unplaced", "pallets", "early_minutes")}
    for name, value in terms.items():
        if value < 0:
            raise refuse(entry.at(name), f"must be 0 or more, not {value}")
    entry.finish()
    return NestingObjective(**terms)


def nesting_problem_json(problem: NestingProblem) -> str:
    """The problem as a document of the contract."""
    document: dict[str, Any] = {"version": VERSION}
    if problem.due_window_minutes is not None:
        document["due_window_minutes"] = problem.due_window_minutes
    document["pallets"] = [_pallet_document(pallet) for pallet in problem.pallets]
    document["items"] = [
        {
            "id": item.id,
            "length_mm": item.length_mm,
            "width_mm": item.width_mm,
            "weight_kg": item.weight_kg,
            "group": item.group,
            "due": item.due,
            "may_rotate": item.may_rotate,
        }
        for item in problem.items
    ]
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _pallet_document(pallet: PalletType) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": pallet.id,
        "length_mm": pallet.length_mm,
        "width_mm": pallet.width_mm,
        "max_load_kg": pallet.max_load_kg,
        "edge_clearance_mm": pallet.edge_clearance_mm,
        "gap_mm": pallet.gap_mm,
    }
    return document if pallet.count is None else document | {"count": pallet.count}


def nesting_result_json(result: NestingResult) -> str:
    """The result as a document of the contract."""
    document: dict[str, Any] = {"version": VERSION, "status": str(result.status)}
    for key, objective in (("objective", result.objective), ("bound", result.bound)):
        if objective is not None:
            document[key] = _objective_document(objective)
    document["loads"] = [
        {
            "id": load.id,
            "pallet": load.pallet,
            "placements": [
                {"item": entry.item, "x_mm": entry.x_mm, "y_mm": entry.y_mm, "rotated": entry.rotated}
                for entry in load.placements
            ],
        }
        for load in result.loads
    ]
    document["unplaced"] = [
        {"item": entry.item, "code": entry.code, "reason": entry.reason} for entry in result.unplaced
    ]
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _objective_document(objective: NestingObjective) -> dict[str, int]:
    return {
        "unplaced": objective.unplaced,
        "pallets": objective.pallets,
        "early_minutes": objective.early_minutes,
    }
