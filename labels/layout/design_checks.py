"""What is wrong with a design: found when it is read, so that no printer stops for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from labels.errors import TemplateError
from labels.layout.design import Item, Template
from labels.layout.dots import COARSEST_DPI, LEAST_DOTS_PER_MODULE, MM_PER_INCH, dots_per_module
from labels.layout.kinds import fields_of, label_kinds, longest_qr_bytes
from labels.symbols.qr import QR_QUIET_MODULES, qr_matrix

KINDS = ("fill", "frame", "line", "text", "qr", "code128", "rfid")
# The em of 5 pt has 14 dots at 203 dots an inch: the least in which the strokes of Chinese characters stay apart.
SMALLEST_PT = 5.0
LARGEST_MM = 500
_TOLERANCE_MM = 0.01
# Lines of type are as high as 1.2 times their size, of which a part is always empty.
_TEXTS_MAY_TOUCH_MM = 0.4
_SYMBOLS = ("qr", "code128")

_DESIGN_KEYS = {"name", "label", "width_mm", "height_mm", "items"}
_PLACE = {"kind", "x", "y", "width", "height", "when", "unless"}
_TEXT = {"field", "caption", "font", "size_pt", "smallest_pt", "lines", "align", "valign", "colour"}
_KEYS_OF = {
    "fill": {"colour", "radius"},
    "frame": {"colour", "radius", "weight_pt"},
    "line": {"colour", "weight_pt"},
    "text": _TEXT,
    "qr": {"field", "smallest_mm"},
    "code128": {"field", "gs1"},
    "rfid": {"colour"},
}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "font": ("regular", "bold"),
    "align": ("left", "centre", "right"),
    "valign": ("top", "middle", "bottom"),
    "colour": ("black", "white"),
    "language": ("zh", "en"),
}
_NUMBERS = ("x", "y", "width", "height", "size_pt", "smallest_pt", "weight_pt", "radius", "smallest_mm")


def check_form(data: Any, source: str) -> None:
    """Raises TemplateError unless this is a design with known keys and values of the right types."""
    faults = [f"{source}: {fault}" for fault in _form_faults(data)]
    if faults:
        raise TemplateError("\n".join(faults))


def _form_faults(data: Any) -> Iterator[str]:
    if not isinstance(data, Mapping) or set(data) != _DESIGN_KEYS:
        given = ", ".join(str(key) for key in data) if isinstance(data, Mapping) else repr(data)
        yield f"a design has exactly the keys {', '.join(sorted(_DESIGN_KEYS))}, here are: {given}"
        return
    if data["label"] not in label_kinds():
        yield f"label: there is no kind of label {data['label']!r}; there are {', '.join(label_kinds())}"
    for name in ("width_mm", "height_mm"):
        if not _is_number(data[name]) or not 0 < data[name] <= LARGEST_MM:
            yield f"{name} must be a number above 0 and up to {LARGEST_MM}, not {data[name]!r}"
    if not isinstance(data["items"], list) or not data["items"]:
        yield "items must be a list with one item at least"
        return
    for number, row in enumerate(data["items"], 1):
        yield from (f"item {number}: {fault}" for fault in _row_faults(row))


def _row_faults(row: Any) -> Iterator[str]:
    if not isinstance(row, Mapping) or row.get("kind") not in KINDS:
        yield f"kind must be one of {', '.join(KINDS)}: {row!r}"
        return
    allowed = _PLACE | _KEYS_OF[row["kind"]]
    for unknown in sorted(str(key) for key in set(row) - allowed):
        yield f"{row['kind']} has no key {unknown!r}; it has {', '.join(sorted(allowed))}"
    for missing in ("x", "y", "width", "height"):
        if missing not in row:
            yield f"{missing} is missing"
    for name in _NUMBERS:
        if name in row and (not _is_number(row[name]) or row[name] < 0):
            yield f"{name} must be a number of at least 0, not {row[name]!r}"
    for name, choices in _CHOICES.items():
        if name in row and row[name] not in choices:
            yield f"{name} must be one of {', '.join(choices)}, not {row[name]!r}"
    if "lines" in row and (isinstance(row["lines"], bool) or row["lines"] not in range(1, 41)):
        yield f"lines must be a whole number from 1 to 40, not {row['lines']!r}"
    if not isinstance(row.get("gs1", False), bool):
        yield f"gs1 must be true or false, not {row['gs1']!r}"
    for name in ("when", "unless"):
        yield from _condition_faults(name, row.get(name, ""))
    yield from _content_faults(row)


def _condition_faults(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, str):
        return
    if not isinstance(value, Mapping) or not value or set(value) - {"field", "language"}:
        yield f"{name} must name a field, or have the keys field and language: {value!r}"
    elif not all(isinstance(part, str) for part in value.values()):
        yield f"{name} must have words as values: {dict(value)!r}"
    elif "language" in value and value["language"] not in _CHOICES["language"]:
        yield f"{name}: language must be one of {', '.join(_CHOICES['language'])}, not {value['language']!r}"


def _content_faults(row: Mapping[str, Any]) -> Iterator[str]:
    if row["kind"] == "text" and ("field" in row) == ("caption" in row):
        yield "a text has either a field or a caption"
    if row["kind"] in ("qr", "code128") and "field" not in row:
        yield f"a {row['kind']} needs the field that it says"
    if "field" in row and not isinstance(row["field"], str):
        yield f"field must be a name, not {row['field']!r}"
    caption = row.get("caption", "")
    texts = list(caption.values()) if isinstance(caption, Mapping) else [caption]
    if not all(isinstance(text, str) for text in texts) or ("caption" in row and not all(texts)):
        yield f"caption must be a text, or a text for each language: {caption!r}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value and abs(value) < 1e6


def faults(template: Template) -> Iterator[str]:
    """Everything about a well-formed design that cannot be printed."""
    for item in template.items:
        for fault in (
            *_outside(item, template),
            *_unknown_fields(item, template),
            *_missing_languages(item),
            *_too_small(item),
            *_crowded_symbol(item, template),
        ):
            yield f"{item}: {fault}"
    for one, other in combinations(template.items, 2):
        if _collide(one, other):
            yield f"{one} and {other} overlap"


def _outside(item: Item, template: Template) -> Iterator[str]:
    right, bottom = item.x + item.width, item.y + item.height
    if right > template.width_mm + _TOLERANCE_MM or bottom > template.height_mm + _TOLERANCE_MM:
        size = f"{template.width_mm:g} × {template.height_mm:g} mm"
        yield f"it reaches to {right:g} × {bottom:g} mm, outside the label of {size}"
    if item.kind != "line" and not (item.width and item.height):
        yield "its width and its height must be above 0"


def _unknown_fields(item: Item, template: Template) -> Iterator[str]:
    known = fields_of(template.label)
    conditions = (condition.field for condition in (item.when, item.unless) if condition)
    for name in (item.field, *conditions):
        if name and name not in known:
            yield f"a label of the kind {template.label} has no field {name!r}; it has {', '.join(known)}"


def _missing_languages(item: Item) -> Iterator[str]:
    if item.kind != "text" or item.field:
        return
    needed = (item.when.language,) if item.when and item.when.language else _CHOICES["language"]
    for language in needed:
        if language not in item.caption:
            yield f"its caption is not given in the language {language}"
    for language in item.caption:
        if language not in _CHOICES["language"]:
            yield f"its caption is in the language {language!r}, of which we know nothing"


def _too_small(item: Item) -> Iterator[str]:
    if item.kind != "text":
        return
    if min(item.size_pt, item.smallest_pt) < SMALLEST_PT:
        size = min(item.size_pt, item.smallest_pt)
        yield f"type of {size:g} pt cannot be read at {COARSEST_DPI} dots an inch; {SMALLEST_PT:g} pt can"
    if item.smallest_pt > item.size_pt:
        yield f"smallest_pt {item.smallest_pt:g} is above size_pt {item.size_pt:g}"


def _crowded_symbol(item: Item, template: Template) -> Iterator[str]:
    if item.kind != "qr" or item.field not in fields_of(template.label):
        return
    size, longest = min(item.width, item.height), longest_qr_bytes(template.label, item.field)
    if not longest:
        yield f"the field {item.field} is not for a QR symbol"
        return
    modules = len(qr_matrix("x" * longest)) + 2 * QR_QUIET_MODULES
    if dots_per_module(size, modules, COARSEST_DPI) < LEAST_DOTS_PER_MODULE:
        least = modules * LEAST_DOTS_PER_MODULE / COARSEST_DPI * MM_PER_INCH
        yield f"{size:g} mm are too few for {longest} bytes at {COARSEST_DPI} dots an inch; {least:.1f} mm are needed"


def _collide(one: Item, other: Item) -> bool:
    """Whether two items of one label stand in each other's way: symbols with anything, texts with texts."""
    if _never_together(one, other):
        return False
    if one.kind in _SYMBOLS or other.kind in _SYMBOLS:
        beside = other if one.kind in _SYMBOLS else one
        is_ground = beside.kind == "frame" or (beside.kind == "fill" and beside.colour == "white")
        return not is_ground and _intersect(one, other, _TOLERANCE_MM)
    return {one.kind, other.kind} <= {"text", "rfid"} and _intersect(one, other, _TEXTS_MAY_TOUCH_MM)


def _intersect(one: Item, other: Item, tolerance_mm: float) -> bool:
    return (
        one.x + one.width > other.x + tolerance_mm
        and other.x + other.width > one.x + tolerance_mm
        and one.y + one.height > other.y + tolerance_mm
        and other.y + other.height > one.y + tolerance_mm
    )


def _never_together(one: Item, other: Item) -> bool:
    if (one.when and one.when == other.unless) or (other.when and other.when == one.unless):
        return True
    languages = {item.when.language for item in (one, other) if item.when}
    return len(languages - {""}) == 2
