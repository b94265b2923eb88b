"""The EPCIS forms of events: which one a kind takes, and with which words, stands in `steps.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, TypedDict

import yaml

from mes.traceability.epcis import (
    Action,
    AggregationEvent,
    BusinessTransaction,
    EpcisEvent,
    ExtensionValue,
    ObjectEvent,
    QuantityElement,
    TransformationEvent,
    process_step,
)
from mes.traceability.mapping.content import (
    Content,
    Facts,
    batch_uri,
    batches_of,
    common_extensions,
    document_uri,
    element_master_data,
    element_uris,
    event_time,
    load_uri,
    numbered,
    pallet_uri,
    place_uri,
)
from mes.traceability.settings import MappingSettings


@dataclass(frozen=True)
class Step:
    """How events of one kind are written."""

    form: str
    biz_step: str
    disposition: str | None = None
    process_step: str | None = None
    action: Action = "OBSERVE"
    document: str | None = None


class _Shared(TypedDict):
    event_time: Any
    biz_step: str
    disposition: str | None
    read_point: str | None
    biz_location: str | None
    biz_transactions: tuple[BusinessTransaction, ...]
    extensions: Mapping[str, ExtensionValue]


@dataclass(frozen=True)
class _Case:
    """One event of the ledger on its way to its form."""

    step: Step
    content: Content
    settings: MappingSettings

    @property
    def elements(self) -> list[Facts]:
        """Elements that a platform can know: those that had their identity when it happened."""
        early = set(_tables()["before_identity"])
        known = self.content["elements"]
        return [element for element in known if element.get("state") not in early]

    @property
    def uris(self) -> tuple[str, ...]:
        return element_uris(self.elements)

    def shared(self, **changes: Any) -> _Shared:
        """The fields that every form has alike."""
        place = place_uri(self.content, self.settings)
        step_word = changes.get("biz_step", self.step.biz_step)
        stays = bool(self.content["where"].get("yard_slot")) and step_word in ("storing", "unloading")
        extensions = dict(common_extensions(self.content, self.settings))
        step = changes.get("process_step", self.step.process_step)
        if step:
            extensions["pc:processStep"] = process_step(step)
        return {
            "event_time": event_time(self.content),
            "biz_step": step_word,
            "disposition": changes.get("disposition", self.step.disposition),
            "read_point": place,
            "biz_location": place if stays else None,
            "biz_transactions": self._documents() if changes.get("documents", True) else (),
            "extensions": extensions,
        }

    def _documents(self) -> tuple[BusinessTransaction, ...]:
        kind = self.step.document
        if kind is None:
            return ()
        if kind == "testres":
            return self._test_results()
        number = _document_number(kind, self.content)
        return (BusinessTransaction(kind, document_uri(kind, number, self.settings)),) if number else ()

    def _test_results(self) -> tuple[BusinessTransaction, ...]:
        data = self.content["data"]
        found = [data[name]["id"] for name in ("inspection", "cube_test") if numbered(data.get(name)).get("id")]
        return tuple(BusinessTransaction("testres", f"urn:uuid:{identity}") for identity in found)


def epcis_events(content: Content, settings: MappingSettings) -> tuple[EpcisEvent, ...]:
    """The EPCIS events of an event of the ledger, each with its CBV hash ID; none for kinds without a form.

    Pure: the same content and settings give the same events, byte for byte.

    Raises:
        KeyError: a kind that the tables do not know.
        EventError, ExtensionError, CheckDigitError: the content holds what EPCIS cannot say, such as a false key.
    """
    kind = content["kind"]
    if kind in WITHOUT_FORM:
        return ()
    step = steps()[kind]
    made = _FORMS[step.form](_Case(step, content, settings))
    return tuple(event.with_hash_id() for event in made)


@cache
def _tables() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("steps.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def steps() -> dict[str, Step]:
    """Kind of event → how it is written."""
    return {kind: Step(**entry) for kind, entry in _tables()["kinds"].items()}


def kinds_with_form() -> frozenset[str]:
    """Kinds that a platform hears of."""
    return frozenset(steps())


WITHOUT_FORM: Mapping[str, str] = _tables()["without_form"]
"""Kinds that no platform hears of, and why."""


def _identity(case: _Case) -> list[EpcisEvent]:
    """Each element gets its identity, then all are joined to their pallet."""
    events: list[EpcisEvent] = [
        ObjectEvent(
            action="ADD",
            epcs=(element["digital_link"],),
            ilmd=element_master_data(element),
            **case.shared(),
        )
        for element in case.elements
    ]
    pallet = pallet_uri(case.content, case.settings)
    if pallet and case.elements:
        together = case.shared(biz_step="assembling", disposition="in_progress")
        events.append(AggregationEvent(action="ADD", parent=pallet, child_epcs=case.uris, **together))
    return events


def _elements(case: _Case) -> list[EpcisEvent]:
    """Something happened to elements."""
    if not case.elements:
        return []
    step = _material_step(case.content) if case.content["kind"] == "element.material_used" else case.step.process_step
    return [ObjectEvent(action=case.step.action, epcs=case.uris, **case.shared(process_step=step))]


def _casting(case: _Case) -> list[EpcisEvent]:
    """Concrete of known batches becomes elements; without a key for the batch, an observation that names it."""
    batches = [(batch_uri(batch, case.settings), batch) for batch in batches_of(case.content["how"])]
    if case.settings.casting_as == "observe" or not batches or any(uri is None for uri, _ in batches):
        return _elements(case)
    inputs = tuple(
        QuantityElement(uri, batch.get("poured_m3"), "MTQ" if batch.get("poured_m3") is not None else None)
        for uri, batch in batches
        if uri is not None
    )
    return [TransformationEvent(input_quantities=inputs, output_epcs=case.uris, **case.shared())]


def _demoulding(case: _Case) -> list[EpcisEvent]:
    """Elements leave their pallet."""
    pallet = pallet_uri(case.content, case.settings)
    if pallet is None or not case.elements:
        return _elements(case)
    return [AggregationEvent(action="DELETE", parent=pallet, child_epcs=case.uris, **case.shared())]


def _load(case: _Case) -> list[EpcisEvent]:
    """Something happened to a load as a whole."""
    load = load_uri(case.content, case.settings)
    if load is None:
        return _elements(case)
    return [ObjectEvent(action=case.step.action, epcs=(load,), **case.shared())]


def _stowing(case: _Case) -> list[EpcisEvent]:
    """Elements are put on a load, or taken off."""
    load = load_uri(case.content, case.settings)
    if load is None or not case.elements:
        seen = Step(case.step.form, case.step.biz_step, case.step.disposition, case.step.process_step)
        return _elements(_Case(seen, case.content, case.settings))
    return [AggregationEvent(action=case.step.action, parent=load, child_epcs=case.uris, **case.shared())]


def _receipt(case: _Case) -> list[EpcisEvent]:
    """Elements leave the lorry on site, and are accepted or not."""
    load = load_uri(case.content, case.settings)
    unloaded: list[EpcisEvent] = []
    if load is not None and case.elements:
        off = case.shared(biz_step="unloading", disposition="in_progress", documents=False)
        unloaded = [AggregationEvent(action="DELETE", parent=load, child_epcs=case.uris, **off)]
    return unloaded + _elements(case)


def _batch(case: _Case) -> list[EpcisEvent]:
    """A batch of concrete comes into being."""
    events: list[EpcisEvent] = []
    for batch in batches_of(case.content["how"]):
        uri = batch_uri(batch, case.settings)
        volume = batch.get("volume_m3")
        if uri is not None:
            amount = QuantityElement(uri, volume, "MTQ" if volume is not None else None)
            events.append(ObjectEvent(action="ADD", quantities=(amount,), **case.shared()))
    return events


def _declaration(case: _Case) -> list[EpcisEvent]:
    """The events that a correction names, declared to be wrong; they are made from their own rendition."""
    return []


_FORMS: Mapping[str, Callable[[_Case], list[EpcisEvent]]] = {
    "identity": _identity,
    "elements": _elements,
    "casting": _casting,
    "demoulding": _demoulding,
    "load": _load,
    "stowing": _stowing,
    "receipt": _receipt,
    "batch": _batch,
    "declaration": _declaration,
}


def _material_step(content: Content) -> str:
    table: dict[str, str] = _tables()["material_steps"]
    how = content["how"]
    lots = how.get("materials") or [how.get("material") or {}]
    return table.get(str(lots[0].get("kind")), table["other"])


def _document_number(kind: str, content: Content) -> str:
    return str(numbered(content["data"].get("certificate" if kind == "cert" else "delivery")).get("number") or "")
