"""From a record to the texts of its label's fields, by kind of label; the fields are those of ``kinds.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

from labels.errors import LabelError
from labels.keys.digital_link import digital_link, parse_digital_link
from labels.keys.element_string import element_string
from labels.keys.gs1 import check_key
from labels.layout.content import LabelContent
from labels.layout.records import (
    Arrow,
    BadgeLabel,
    BatchLabel,
    ElementLabel,
    LoadLabel,
    MouldLabel,
    PalletLabel,
    RackLabel,
    SlotLabel,
)

_DASH = "–"
_ARROWS: Mapping[Arrow, str] = {"": "", "left": "←", "right": "→", "up": "↑", "down": "↓"}
_LOCAL = {"zh": "厂内码\n非 GS1", "en": "PLANT CODE\nNOT GS1"}
_CASTS = {"zh": "每 {} 次", "en": "every {} casts"}
_PIECES = {"zh": "{} 件", "en": "{} pcs"}


class Record(Protocol):
    """What every record has."""

    @property
    def plant(self) -> str: ...
    @property
    def plain_text(self) -> tuple[str, ...]: ...
    @property
    def epc_hex(self) -> str: ...
    @property
    def user_memory_hex(self) -> str: ...


def element_content(label: ElementLabel, language: str = "zh") -> LabelContent:
    """An element's label."""
    texts = {
        "type_code": label.type_code or _DASH,
        "family": label.family or _DASH,
        "project": label.project or _DASH,
        "building": label.building or _DASH,
        "floor": label.floor or _DASH,
        "position": label.position or _DASH,
        "serial": label.serial or _DASH,
        "weight": _amount(label.weight_kg, "kg"),
        "dimensions": _dimensions(label.length_mm, label.width_mm, label.thickness_mm),
        "concrete_grade": label.concrete_grade or _DASH,
        "produced_on": _day(label.produced_on),
        "status": label.status,
    }
    return _content(label, texts, label.identity_url, language, (label.serial,))


def pallet_content(label: PalletLabel, language: str = "zh") -> LabelContent:
    """A pallet's label."""
    texts = {
        "number": label.number,
        "line": label.line or _DASH,
        "dimensions": _dimensions(label.length_mm, label.width_mm),
        "capacity": _amount(label.capacity_kg, "kg"),
    }
    return _content(label, texts, label.identity_url or f"P:{label.number}", language, (f"P:{label.number}",))


def mould_content(label: MouldLabel, language: str = "zh") -> LabelContent:
    """A mould's label."""
    casts = label.casts_between_maintenance
    texts = {
        "code": label.code,
        "family": label.family or _DASH,
        "makes": " · ".join(label.makes) or _DASH,
        "maintenance": _DASH if casts is None else _CASTS[language].format(casts),
    }
    return _content(label, texts, label.identity_url, language, (label.code,))


def slot_content(label: SlotLabel, language: str = "zh") -> LabelContent:
    """A yard slot's label."""
    texts = {
        "code": label.code,
        "yard": label.yard or _DASH,
        "storage": label.storage or _DASH,
        "capacity": _pieces(label.capacity, language),
        "arrow": _ARROWS[label.arrow],
    }
    return _content(label, texts, label.identity_url or f"S:{label.code}", language, (f"S:{label.code}",))


def rack_content(label: RackLabel, language: str = "zh") -> LabelContent:
    """A rack's label."""
    texts = {
        "code": label.code,
        "yard": label.yard or _DASH,
        "storage": label.storage or _DASH,
        "capacity": _pieces(label.capacity, language),
        "load_limit": _amount(label.load_limit_kg, "kg"),
    }
    return _content(label, texts, label.identity_url or f"S:{label.code}", language, (f"S:{label.code}",))


def batch_content(label: BatchLabel, language: str = "zh") -> LabelContent:
    """The label of a batch or a lot."""
    texts = {
        "lot": label.lot,
        "material": label.material or _DASH,
        "grade": label.grade or _DASH,
        "quantity": label.quantity or _DASH,
        "produced_on": _day(label.produced_at),
        "supplier": label.supplier or _DASH,
        "note": label.note,
    }
    return _content(label, texts, label.identity_url or f"B:{label.lot}", language, (f"B:{label.lot}",))


def badge_content(label: BadgeLabel, language: str = "zh") -> LabelContent:
    """A person's badge."""
    texts = {
        "name": label.name,
        "role": label.role or _DASH,
        "organisation": label.organisation or _DASH,
        "number": label.number,
        "valid_until": "" if label.valid_until is None else _day(label.valid_until),
    }
    return _content(label, texts, label.identity_url or f"U:{label.number}", language, (f"U:{label.number}",))


def load_content(label: LoadLabel, language: str = "zh") -> LabelContent:
    """A load's label; raises CheckDigitError for a wrong SSCC."""
    key = check_key({"00": label.sscc}) if label.sscc else {}
    sscc = key.get("00", "")
    texts = {
        "sscc": f"{sscc[0]} {_in_groups(sscc[1:17])} {sscc[17]}" if sscc else "",
        "gs1_128": element_string(key) if key else "",
        "project": label.project or _DASH,
        "site_address": label.site_address,
        "delivery_note": label.delivery_note or _DASH,
        "vehicle_plate": label.vehicle_plate or _DASH,
        "driver": label.driver or _DASH,
        "loaded_on": _day(label.loaded_on),
        "element_count": _DASH if label.element_count is None else str(label.element_count),
        "weight": _amount(label.weight_kg, "kg"),
        "contents": "   ·   ".join(label.contents) or _DASH,
    }
    identity_url = label.identity_url or (digital_link(key) if key else label.delivery_note)
    return _content(label, texts, identity_url, language, (label.delivery_note or sscc,))


def _content(
    record: Record, texts: Mapping[str, str], identity_url: str, language: str, telling: tuple[str, ...]
) -> LabelContent:
    readable, is_gs1 = readable_key(identity_url)
    common = {
        "identity_url": identity_url,
        "readable_key": readable,
        "plain_text": "\n".join(record.plain_text) or " · ".join(text for text in telling if text) or readable,
        "local_note": "" if is_gs1 else _LOCAL[language],
        "epc_hex": _in_groups(record.epc_hex),
        "plant": record.plant,
    }
    return LabelContent({**texts, **common}, record.epc_hex, record.user_memory_hex)


def readable_key(identity_url: str) -> tuple[str, bool]:
    """What a QR symbol says as people read it, and whether it is a GS1 key.

    ``(01)…(21)…`` for a Digital Link, ``OWNER / kind / reference`` for the address of a plant's own code; any other
    text is as it is.
    """
    try:
        return element_string(parse_digital_link(identity_url), parentheses=True), True
    except LabelError:
        _, found, own = urlsplit(identity_url).path.partition("/id/")
        return (" / ".join(unquote(part) for part in own.split("/")) if found else identity_url), False


def _in_groups(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _amount(value: float | None, unit: str) -> str:
    return _DASH if value is None else f"{_number(value)} {unit}"


def _number(value: float) -> str:
    """Whole numbers without decimals, others with at most two; a comma between thousands."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _pieces(count: int | None, language: str) -> str:
    return _DASH if count is None else _PIECES[language].format(count)


def _dimensions(*values: float | None) -> str:
    known = [f"{value:.2f}".rstrip("0").rstrip(".") for value in values if value is not None]
    return " × ".join(known) or _DASH


def _day(day: date | None) -> str:
    if day is None:
        return _DASH
    return day.strftime("%Y-%m-%d %H:%M") if isinstance(day, datetime) else day.isoformat()
