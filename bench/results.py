"""What was measured, one JSON file a figure in bench/results/, written case by case as they come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.figure import Figure, Settings, Values

FOLDER = Path(__file__).parent / "results"


def store(figure: Figure, case: int, settings: Settings, values: Values, machine: str, folder: Path = FOLDER) -> None:
    """Add one case. Cases that were measured with other settings or on another machine are dropped."""
    kept: dict[str, Any] = {"settings": dict(settings), "machine": machine}
    document = _read(figure, folder)
    if {name: document.get(name) for name in kept} != kept:
        document = {**kept, "cases": {}}
    document["cases"][str(case)] = values
    folder.mkdir(exist_ok=True)
    path = folder / f"{figure.name}.json"
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def stored(figure: Figure, folder: Path = FOLDER) -> Mapping[int, Values]:
    """The cases that were measured, in order."""
    cases = _read(figure, folder).get("cases", {})
    return {int(number): cases[number] for number in sorted(cases, key=int)}


def stored_settings(figure: Figure, folder: Path = FOLDER) -> Settings:
    """The settings that the cases were measured with."""
    settings: Settings = _read(figure, folder).get("settings", {})
    return settings


def stored_machine(figure: Figure, folder: Path = FOLDER) -> str | None:
    """The machine that the cases were measured on."""
    machine: str | None = _read(figure, folder).get("machine")
    return machine


def _read(figure: Figure, folder: Path) -> dict[str, Any]:
    path = folder / f"{figure.name}.json"
    if not path.exists():
        return {}
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
