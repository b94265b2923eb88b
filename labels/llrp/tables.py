"""The protocol's messages, parameters and codes, read once from the data file beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

RESERVED = "-"


@dataclass(frozen=True)
class Field:
    """One field; ``bits`` is its width where that is fixed, else 0. Reserved bits have the name ``-``."""

    name: str
    kind: str
    bits: int


@dataclass(frozen=True)
class Shape:
    """What a message or parameter of one type is made of."""

    name: str
    type_number: int
    fields: tuple[Field, ...]


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("labels.llrp").joinpath("llrp.yaml").read_text("utf-8"))
    return loaded


@cache
def message_shapes() -> dict[str, Shape]:
    """Messages by name."""
    return {name: _shape(name, row) for name, row in _data()["messages"].items()}


@cache
def parameter_shapes() -> dict[str, Shape]:
    """Parameters by name."""
    return {name: _shape(name, row) for name, row in _data()["parameters"].items()}


@cache
def messages_by_type() -> dict[int, Shape]:
    """Messages by the number on the wire."""
    return {shape.type_number: shape for shape in message_shapes().values()}


@cache
def parameters_by_type() -> dict[int, Shape]:
    """Parameters by the number on the wire."""
    return {shape.type_number: shape for shape in parameter_shapes().values()}


def status_name(code: int) -> str:
    """The protocol's name of a status."""
    return str(_data()["statuses"].get(code, "unknown status"))


def connection_attempt(code: int) -> str:
    """What a reader says to a client that connects; 0 is that it takes it."""
    return str(_data()["connection_attempts"].get(code, f"the unknown reason {code}"))


def result_name(parameter: str, code: int) -> str:
    """The protocol's name of what came of an operation on a tag; ``success`` is 0."""
    names = _data()["results"][parameter]
    return str(names[code]) if code < len(names) else f"unknown result {code}"


def result_code(parameter: str, name: str) -> int:
    """The number of a result; the reverse of ``result_name``."""
    return int(_data()["results"][parameter].index(name))


def _shape(name: str, row: dict[str, Any]) -> Shape:
    return Shape(name, row["type"], tuple(_field(text) for text in row.get("fields", ())))


def _field(text: str) -> Field:
    name, kind = text.split()
    if name == RESERVED:
        return Field(RESERVED, "reserved", int(kind))
    return Field(name, kind, int(kind[1:]) if kind[1:].isdigit() else 0)
