"""The maps of a profile: what a vendor's numbers or texts are called."""

from typing import Any

from lines.profile import Kind, ValueType
from lines.states import MachineState
from lines.yaml_source import Key, Source


def number_map(source: Source, key: Key, entry: dict[str, Any], value_type: ValueType | None) -> dict[int, str]:
    """The map of a value that is a number (or a bit) on the wire."""
    if "map" not in entry or (value_type and value_type.kind is Kind.STRING):
        return {}
    if value_type and not value_type.is_integer and value_type.kind not in {Kind.BOOL, Kind.BIT}:
        source.fault((*key, "map"), f"a {value_type} cannot be mapped")
    found: dict[int, str] = {}
    for raw, name in _mapping(source, key, entry).items():
        if not isinstance(raw, int) or isinstance(raw, bool):
            source.fault(_place(key, raw), f"the map's {raw!r} is no whole number")
        elif _is_name(source, key, entry, raw, name):
            found[raw] = name
    return found


def word_map(source: Source, key: Key, entry: dict[str, Any], value_type: ValueType | None) -> dict[str, str]:
    """The map of a value that is a text on the wire."""
    if "map" not in entry or not value_type or value_type.kind is not Kind.STRING:
        return {}
    found: dict[str, str] = {}
    for raw, name in _mapping(source, key, entry).items():
        if not isinstance(raw, str):
            source.fault(_place(key, raw), f"the map's {raw!r} is no text: put it in quotes")
        elif _is_name(source, key, entry, raw, name):
            found[raw] = name
    return found


def _mapping(source: Source, key: Key, entry: dict[str, Any]) -> dict[Any, Any]:
    mapping = entry["map"]
    if not isinstance(mapping, dict) or not mapping:
        source.fault((*key, "map"), "map must be a mapping of numbers, or of texts, to names")
        return {}
    return mapping


def _is_name(source: Source, key: Key, entry: dict[str, Any], raw: object, name: object) -> bool:
    if not isinstance(name, str):
        source.fault(_place(key, raw), f"the map's name for {raw} is not text but {name!r}: put it in quotes")
    elif entry.get("name") == "state" and name not in set(MachineState):
        states = ", ".join(MachineState)
        source.fault(_place(key, raw), f"{name!r} is no PackML state (states: {states})")
    else:
        return True
    return False


def _place(key: Key, raw: object) -> Key:
    return (*key, "map", raw if isinstance(raw, int | str) else str(raw))
