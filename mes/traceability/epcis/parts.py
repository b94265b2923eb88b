"""The small parts that events are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from mes.traceability.epcis.digital_link import require_check_digit
from mes.traceability.epcis.extensions import ExtensionValue, extension_json, free_text
from mes.traceability.epcis.times import time_text
from mes.traceability.epcis.vocabulary import vocabulary

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+$")
_UNIT = re.compile(r"[A-Z0-9]{2,3}$")

Number = int | float | Decimal


class EventError(ValueError):
    """An event or a part of one breaks a rule of EPCIS 2.0."""


class UnknownTermError(EventError):
    """A bare word that the standard's vocabulary does not have, and no URI either."""


class IdentifierError(EventError):
    """Not a URI. Write the key as a Digital Link, such as https://id.gs1.org/01/…/21/…"""


class UnitError(EventError):
    """Not a UN/ECE Recommendation 20 code such as KGM, MTQ or CEL."""


@lru_cache(maxsize=16384)
def identifier(value: str) -> str:
    """`value` where it is a URI and, if it holds a GS1 key, has the right check digit.

    Raises:
        IdentifierError: not a URI.
        CheckDigitError: a GS1 key with a typing mistake.
    """
    if not _URI.match(value):
        raise IdentifierError(f"{value!r} is not a URI")
    require_check_digit(value)
    return value


def identifiers(values: Sequence[str]) -> list[str]:
    """`identifier` of each; a repeated one is refused.

    Raises:
        IdentifierError: one is not a URI, or stands twice.
    """
    checked = [identifier(value) for value in values]
    if len(set(checked)) < len(checked):
        repeated = min(value for value in checked if checked.count(value) > 1)
        raise IdentifierError(f"{repeated} stands twice in one list")
    return checked


@lru_cache(maxsize=4096)
def term(vocabulary_name: str, value: str) -> str:
    """`value` where it is a word of that CBV vocabulary or a URI of somebody else's.

    Raises:
        UnknownTermError: neither.
    """
    if value in vocabulary(vocabulary_name).words or _URI.match(value):
        return value
    raise UnknownTermError(f"{value!r} is no {vocabulary_name} of CBV 2.0 and no URI")


def number_json(value: Number) -> int | float:
    """A JSON number without needless zeros."""
    plain = float(value)
    return int(plain) if plain == int(plain) else plain


def _unit(value: str) -> str:
    if not _UNIT.match(value):
        raise UnitError(f"{value!r} is no UN/ECE unit code of two or three capitals and digits")
    return value


@dataclass(frozen=True)
class QuantityElement:
    """So much of a class or batch; without `quantity`, an unknown amount. `unit`: UN/ECE code (KGM, MTQ)."""

    epc_class: str
    quantity: Number | None = None
    unit: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The JSON form.

        Raises:
            EventError: a wrong identifier or unit.
        """
        result: dict[str, Any] = {"epcClass": identifier(self.epc_class)}
        if self.quantity is not None:
            result["quantity"] = number_json(self.quantity)
        if self.unit is not None:
            result["uom"] = _unit(self.unit)
        return result


@dataclass(frozen=True)
class BusinessTransaction:
    """A document the event belongs to: `kind` is a CBV type such as prodorder, desadv or testres."""

    kind: str
    document: str

    def to_json(self) -> dict[str, Any]:
        """The JSON form, the type first as the event hash wants it.

        Raises:
            EventError: an unknown type or a wrong identifier.
        """
        return {"type": term("bizTransactionType", self.kind), "bizTransaction": identifier(self.document)}


@dataclass(frozen=True)
class Party:
    """One end of a transfer: `kind` is owning_party, possessing_party or location."""

    kind: str
    party: str

    def to_json(self, end: str) -> dict[str, Any]:
        """The JSON form as `end`, which is source or destination.

        Raises:
            EventError: an unknown kind or a wrong identifier.
        """
        return {"type": term("sourceDestinationType", self.kind), end: identifier(self.party)}


@dataclass(frozen=True)
class SensorReport:
    """One measured quantity: `kind`: GS1 measurement type such as Temperature; `unit`: UN/ECE code (CEL)."""

    kind: str
    value: Number | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    mean: Number | None = None
    unit: str | None = None
    at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """The JSON form.

        Raises:
            EventError: an unknown measurement type or unit.
        """
        result: dict[str, Any] = {"type": term("measurement", self.kind)}
        if self.at is not None:
            result["time"] = time_text(self.at)
        numbers = {
            "value": self.value,
            "minValue": self.minimum,
            "maxValue": self.maximum,
            "meanValue": self.mean,
        }
        result |= {name: number_json(number) for name, number in numbers.items() if number is not None}
        if self.unit is not None:
            result["uom"] = _unit(self.unit)
        return result


@dataclass(frozen=True)
class SensorElement:
    """What one device reported, over a span of time; the raw data stay behind `raw_data` (EPCIS 7.3.7.1)."""

    reports: tuple[SensorReport, ...]
    device: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    raw_data: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The JSON form.

        Raises:
            EventError: no report, or a wrong part.
        """
        if not self.reports:
            raise EventError("a sensor element needs at least one report")
        metadata: dict[str, Any] = {}
        if self.started_at is not None:
            metadata["startTime"] = time_text(self.started_at)
        if self.ended_at is not None:
            metadata["endTime"] = time_text(self.ended_at)
        metadata |= {
            name: identifier(value)
            for name, value in (("deviceID", self.device), ("rawData", self.raw_data))
            if value is not None
        }
        reports = [report.to_json() for report in self.reports]
        return ({"sensorMetadata": metadata} if metadata else {}) | {"sensorReport": reports}


@dataclass(frozen=True)
class ErrorDeclaration:
    """Says that the event, repeated with every field, was wrong (EPCIS 7.4.1.2).

    `reason` is did_not_occur or incorrect_data; only the latter may name the events that hold instead.
    """

    declared_at: datetime
    reason: str
    corrective_event_ids: tuple[str, ...] = ()
    extensions: Mapping[str, ExtensionValue] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The JSON form.

        Raises:
            EventError: an unknown reason, or corrective events of something that did not occur.
        """
        if self.reason == "did_not_occur" and self.corrective_event_ids:
            raise EventError("what did not occur has no corrective events; declare incorrect_data instead")
        result = {"declarationTime": time_text(self.declared_at), "reason": term("errorReason", self.reason)}
        corrective = {"correctiveEventIDs": list(self.corrective_event_ids)} if self.corrective_event_ids else {}
        return result | corrective | {name: extension_json(name, value) for name, value in self.extensions.items()}


@dataclass(frozen=True)
class PersistentDisposition:
    """Lasting flags that are set or lifted beside the ordinary disposition."""

    set: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The JSON form.

        Raises:
            EventError: neither set nor lifted anything, or an unknown disposition.
        """
        if not self.set and not self.unset:
            raise EventError("a persistent disposition sets or lifts at least one flag")
        sides = (("set", self.set), ("unset", self.unset))
        return {side: [term("disposition", word) for word in words] for side, words in sides if words}


@dataclass(frozen=True)
class Person:
    """Somebody responsible, by role; roles are codes such as inspector or resident_supervisor."""

    role: str
    name: str
    organisation: str | None = None

    def to_extension(self) -> dict[str, str]:
        """The value to put, in a list, under `pc:people`."""
        known = {"pc:role": f"pc:{self.role}", "pc:name": free_text(self.name)}
        return known | ({"pc:organisation": free_text(self.organisation)} if self.organisation else {})
