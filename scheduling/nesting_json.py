"""The nesting problem and result as documents of their contract."""

from __future__ import annotations

import json
from typing import Any

from scheduling.nesting import (
    Item,
    NestingError,
    NestingProblem,
    NestingResult,
    PalletLoad,
    PalletType,
    Placement,
    UnplacedItem,
)
from scheduling.problem import DocumentError
from scheduling.reading import Reader, parse_json, refuse


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


def _start(value: Any) -> Reader:
    reader = Reader(value, "$")
    if reader.integer("version") != 1:
        raise refuse("$.version", "must be 1")
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
        reader.text("id"),
        reader.integer("length_mm"),
        reader.integer("width_mm"),
        reader.integer("max_load_kg"),
        reader.integer("edge_clearance_mm", 0),
        reader.integer("gap_mm", 0),
        reader.optional_integer("count"),
    )
    reader.finish()
    return pallet


def _item(value: Any, path: str) -> Item:
    reader = Reader(value, path)
    item = Item(
        reader.text("id"),
        reader.integer("length_mm"),
        reader.integer("width_mm"),
        reader.integer("weight_kg"),
        reader.text("group"),
        reader.integer("due"),
        reader.boolean("may_rotate", True),
    )
    reader.finish()
    return item


def _result(value: Any) -> NestingResult:
    reader = _start(value)
    result = NestingResult(reader.items("loads", _load, required=True), reader.items("unplaced", _unplaced))
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
    entry = UnplacedItem(reader.text("item"), reader.text("reason"))
    reader.finish()
    return entry


def nesting_problem_json(problem: NestingProblem) -> str:
    """The problem as a document of the contract."""
    pallets = []
    for pallet in problem.pallets:
        document: dict[str, Any] = {
            "id": pallet.id,
            "length_mm": pallet.length_mm,
            "width_mm": pallet.width_mm,
            "max_load_kg": pallet.max_load_kg,
            "edge_clearance_mm": pallet.edge_clearance_mm,
            "gap_mm": pallet.gap_mm,
        }
        pallets.append(document if pallet.count is None else document | {"count": pallet.count})
    items = [
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
    document = {"version": 1, "pallets": pallets, "items": items}
    if problem.due_window_minutes is not None:
        document["due_window_minutes"] = problem.due_window_minutes
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def nesting_result_json(result: NestingResult) -> str:
    """The result as a document of the contract."""
    loads = [
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
    unplaced = [{"item": entry.item, "reason": entry.reason} for entry in result.unplaced]
    document = {"version": 1, "loads": loads, "unplaced": unplaced}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
