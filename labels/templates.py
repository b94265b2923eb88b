"""Label layouts as data: files in ``labels/templates``, measures in millimetres from the upper left corner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from dataclasses import field as default
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from labels.errors import TemplateError

KINDS = ("fill", "frame", "line", "text", "qr", "code128", "rfid")


@dataclass(frozen=True)
class Item:
    """One thing on a label.

    ``text`` draws the named field, or a fixed caption by language; ``when`` names a field without which
    the item is left out; ``smallest_mm`` is the least width of a QR symbol without its quiet zone.
    """

    kind: str
    x: float
    y: float
    width: float
    height: float
    field: str = ""
    caption: Mapping[str, str] = default(default_factory=dict)
    when: str = ""
    font: str = "regular"
    size_pt: float = 8
    smallest_pt: float = 5
    lines: int = 1
    align: str = "left"
    valign: str = "middle"
    colour: str = "black"
    weight_pt: float = 0.5
    radius: float = 0
    smallest_mm: float = 0


@dataclass(frozen=True)
class Template:
    """A label's size and what is on it, in the order of drawing."""

    name: str
    width_mm: float
    height_mm: float
    items: tuple[Item, ...]


@cache
def load_template(name: str) -> Template:
    """The template of this name; raises TemplateError where it is not there or not well formed."""
    source = files("labels").joinpath("templates", f"{name}.yaml")
    if not source.is_file():
        raise TemplateError(f"There is no label template {name!r}")
    return read_template(yaml.safe_load(source.read_text("utf-8")))


def read_template(data: Mapping[str, Any]) -> Template:
    """A template from parsed YAML; names the item that is wrong."""
    try:
        items = tuple(_item(row, data) for row in data["items"])
        return Template(data["name"], data["width_mm"], data["height_mm"], items)
    except KeyError as error:
        raise TemplateError(f"The label template lacks {error}") from error


def _item(row: Mapping[str, Any], data: Mapping[str, Any]) -> Item:
    unknown = set(row) - {column.name for column in fields(Item)}
    if unknown or row.get("kind") not in KINDS:
        raise TemplateError(f"The label template has an item that cannot be drawn: {dict(row)}")
    item = Item(**row)
    inside = item.x + item.width <= data["width_mm"] + 0.01 and item.y + item.height <= data["height_mm"] + 0.01
    if min(item.x, item.y, item.width, item.height) < 0 or not inside:
        raise TemplateError(f"An item of the label template lies outside the label: {dict(row)}")
    return item
