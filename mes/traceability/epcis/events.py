"""EPCIS 2.0 events as frozen values; `to_json` gives the event that a platform receives.

An event is checked when it is made: a value of one of these classes is always one that
GS1's JSON schema accepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Literal, Self

from mes.traceability.epcis.extensions import NAMESPACES, ExtensionValue, extension_json
from mes.traceability.epcis.hashing import hash_id_of
from mes.traceability.epcis.parts import (
    BusinessTransaction,
    ErrorDeclaration,
    EventError,
    Party,
    PersistentDisposition,
    QuantityElement,
    SensorElement,
    identifier,
    identifiers,
    term,
)
from mes.traceability.epcis.times import offset_text, time_text

Action = Literal["ADD", "OBSERVE", "DELETE"]


class MissingObjectsError(EventError):
    """The event does not say what it is about."""


class IlmdNotAllowedError(EventError):
    """`ilmd` belongs to the birth of a thing: an ObjectEvent ADD or a TransformationEvent."""


class UnknownActionError(EventError):
    """An action other than ADD, OBSERVE and DELETE."""


@dataclass(frozen=True, kw_only=True)
class EpcisEvent:
    """What all types of event share: when, where, why and how. `event_time` carries the local offset."""

    event_type: ClassVar[str]

    event_time: datetime
    biz_step: str | None = None
    disposition: str | None = None
    persistent_disposition: PersistentDisposition | None = None
    read_point: str | None = None
    biz_location: str | None = None
    biz_transactions: tuple[BusinessTransaction, ...] = ()
    sources: tuple[Party, ...] = ()
    destinations: tuple[Party, ...] = ()
    sensor_elements: tuple[SensorElement, ...] = ()
    certification: tuple[str, ...] = ()
    extensions: Mapping[str, ExtensionValue] = field(default_factory=dict)
    error_declaration: ErrorDeclaration | None = None
    event_id: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "_json", self._made_json())

    def to_json(self) -> dict[str, Any]:
        """The event as JSON values, in the order in which people read it; made once, its parts not to be changed."""
        return dict(self._kept_json)

    @property
    def _kept_json(self) -> dict[str, Any]:
        kept: dict[str, Any] = self.__dict__["_json"]
        return kept

    def _made_json(self) -> dict[str, Any]:
        result: dict[str, Any] = {"type": self.event_type}
        if self.event_id is not None:
            result["eventID"] = identifier(self.event_id)
        result["eventTime"] = time_text(self.event_time)
        result["eventTimeZoneOffset"] = offset_text(self.event_time)
        if self.error_declaration is not None:
            result["errorDeclaration"] = self.error_declaration.to_json()
        return result | self._subject_json() | self._context_json() | self._extension_json()

    def with_hash_id(self) -> Self:
        """The same event with its CBV hash ID as `event_id`."""
        known = self._kept_json
        named = copy(self)
        object.__setattr__(named, "event_id", hash_id_of(known, NAMESPACES))
        front = {"type": self.event_type, "eventID": named.event_id}
        object.__setattr__(named, "_json", front | known | front)
        return named

    def declared_wrong(self, declaration: ErrorDeclaration) -> Self:
        """The event again, every field equal and the same ID, with the declaration that it was wrong."""
        return replace(self.with_hash_id() if self.event_id is None else self, error_declaration=declaration)

    def _subject_json(self) -> dict[str, Any]:
        raise NotImplementedError

    def _context_json(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        if self.biz_step is not None:
            result["bizStep"] = term("bizStep", self.biz_step)
        if self.disposition is not None:
            result["disposition"] = term("disposition", self.disposition)
        if self.persistent_disposition is not None:
            result["persistentDisposition"] = self.persistent_disposition.to_json()
        places = (("readPoint", self.read_point), ("bizLocation", self.biz_location))
        result |= {name: {"id": identifier(place)} for name, place in places if place is not None}
        lists = {
            "bizTransactionList": [transaction.to_json() for transaction in self.biz_transactions],
            "sourceList": [party.to_json("source") for party in self.sources],
            "destinationList": [party.to_json("destination") for party in self.destinations],
            "sensorElementList": [element.to_json() for element in self.sensor_elements],
            "certificationInfo": identifiers(self.certification),
        }
        return result | {name: items for name, items in lists.items() if items}

    def _extension_json(self) -> dict[str, Any]:
        return {name: extension_json(name, value) for name, value in self.extensions.items()}


def event_hash_id(event: EpcisEvent) -> str:
    """The CBV hash ID of `event`; its `event_id` and `error_declaration` do not count."""
    return hash_id_of(event._kept_json, NAMESPACES)


def _things(
    epcs_name: str, epcs: tuple[str, ...], classes_name: str, classes: tuple[QuantityElement, ...]
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if epcs:
        result[epcs_name] = identifiers(epcs)
    if classes:
        result[classes_name] = [element.to_json() for element in classes]
    return result


def _action(value: str) -> dict[str, str]:
    if value not in ("ADD", "OBSERVE", "DELETE"):
        raise UnknownActionError(f"{value!r} is none of ADD, OBSERVE and DELETE")
    return {"action": value}


def _ilmd_json(ilmd: Mapping[str, ExtensionValue]) -> dict[str, Any]:
    return {"ilmd": {name: extension_json(name, value) for name, value in ilmd.items()}} if ilmd else {}


@dataclass(frozen=True, kw_only=True)
class ObjectEvent(EpcisEvent):
    """Something happened to things, or a sensor reported at a place. `ilmd` only with ADD."""

    event_type: ClassVar[str] = "ObjectEvent"

    action: Action
    epcs: tuple[str, ...] = ()
    quantities: tuple[QuantityElement, ...] = ()
    ilmd: Mapping[str, ExtensionValue] = field(default_factory=dict)

    def _subject_json(self) -> dict[str, Any]:
        if not self.epcs and not self.quantities and not (self.sensor_elements and self.read_point):
            raise MissingObjectsError("an ObjectEvent names things, or has sensor elements and a read point")
        if self.ilmd and self.action != "ADD":
            raise IlmdNotAllowedError(f"an ObjectEvent with action {self.action} cannot have ilmd")
        things = _things("epcList", self.epcs, "quantityList", self.quantities)
        return _action(self.action) | things | _ilmd_json(self.ilmd)


@dataclass(frozen=True, kw_only=True)
class _ContainmentEvent(EpcisEvent):
    """A parent and its children; DELETE without children means all of them."""

    action: Action
    parent: str | None = None
    child_epcs: tuple[str, ...] = ()
    child_quantities: tuple[QuantityElement, ...] = ()

    def _subject_json(self) -> dict[str, Any]:
        if not self.child_epcs and not self.child_quantities and self.action != "DELETE":
            raise MissingObjectsError(f"an {self.event_type} {self.action} names at least one child")
        if self.parent is None and self._parent_required():
            raise MissingObjectsError(f"an {self.event_type} {self.action} names its parent")
        parent = {"parentID": identifier(self.parent)} if self.parent is not None else {}
        children = _things("childEPCs", self.child_epcs, "childQuantityList", self.child_quantities)
        return _action(self.action) | parent | children

    def _parent_required(self) -> bool:
        return True


@dataclass(frozen=True, kw_only=True)
class AggregationEvent(_ContainmentEvent):
    """Things put into, seen in, or taken out of a container for a time: a mould, a truck load."""

    event_type: ClassVar[str] = "AggregationEvent"

    def _parent_required(self) -> bool:
        return self.action != "OBSERVE"


@dataclass(frozen=True, kw_only=True)
class AssociationEvent(_ContainmentEvent):
    """Things lastingly joined to a parent: a sensor to a mould, an element to a building."""

    event_type: ClassVar[str] = "AssociationEvent"


@dataclass(frozen=True, kw_only=True)
class TransactionEvent(EpcisEvent):
    """Things tied to business documents. `parentID` is left out: the hash's sources disagree on its place."""

    event_type: ClassVar[str] = "TransactionEvent"

    action: Action
    epcs: tuple[str, ...] = ()
    quantities: tuple[QuantityElement, ...] = ()

    def _subject_json(self) -> dict[str, Any]:
        if not self.biz_transactions:
            raise MissingObjectsError("a TransactionEvent names at least one business transaction")
        if not self.epcs and not self.quantities and self.action != "DELETE":
            raise MissingObjectsError(f"a TransactionEvent {self.action} names things")
        return _action(self.action) | _things("epcList", self.epcs, "quantityList", self.quantities)


@dataclass(frozen=True, kw_only=True)
class TransformationEvent(EpcisEvent):
    """Inputs become outputs: concrete and rebar batches become elements. `ilmd` describes the outputs."""

    event_type: ClassVar[str] = "TransformationEvent"

    input_epcs: tuple[str, ...] = ()
    input_quantities: tuple[QuantityElement, ...] = ()
    output_epcs: tuple[str, ...] = ()
    output_quantities: tuple[QuantityElement, ...] = ()
    transformation_id: str | None = None
    ilmd: Mapping[str, ExtensionValue] = field(default_factory=dict)

    def _subject_json(self) -> dict[str, Any]:
        inputs = _things("inputEPCList", self.input_epcs, "inputQuantityList", self.input_quantities)
        outputs = _things("outputEPCList", self.output_epcs, "outputQuantityList", self.output_quantities)
        complete = inputs and outputs if self.transformation_id is None else inputs or outputs
        if not complete:
            raise MissingObjectsError("a TransformationEvent names inputs and outputs, or one of them and its ID")
        joined = {"transformationID": identifier(self.transformation_id)} if self.transformation_id else {}
        return inputs | outputs | joined | _ilmd_json(self.ilmd)
