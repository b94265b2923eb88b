"""The EPCIS forms of events: which one a kind takes, and with which words, stands in `steps.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mes.traceability.epcis import AggregationEvent, EpcisEvent, ObjectEvent, QuantityElement, TransformationEvent
from mes.traceability.mapping.case import Case
from mes.traceability.mapping.content import Content, Facts, batches_of, facts_in, lots_of, moulds_of
from mes.traceability.mapping.curing import curing
from mes.traceability.mapping.facts import element_master_data, formwork_master_data
from mes.traceability.mapping.names import batch_uri, lot_uri, mould_uri, thing_uri
from mes.traceability.mapping.steps import WITHOUT_FORM, counted_in, kinds_poured_in, steps, tables
from mes.traceability.settings import MappingSettings


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
    made = _FORMS[step.form](Case(step, content, settings))
    return tuple(event.with_hash_id() for event in made)


def _identity(case: Case) -> list[EpcisEvent]:
    """Each element gets its identity, then all are joined to their pallet."""
    shared = case.shared()
    events: list[EpcisEvent] = [
        ObjectEvent(action="ADD", epcs=(uri,), ilmd=element_master_data(element), **shared)
        for uri, element in zip(case.uris, case.elements, strict=True)
    ]
    if case.pallet and case.elements:
        together = case.shared(biz_step="assembling", disposition="in_progress")
        events.append(AggregationEvent(action="ADD", parent=case.pallet, child_epcs=case.uris, **together))
    return events


def _elements(case: Case) -> list[EpcisEvent]:
    """Something happened to elements."""
    if not case.elements:
        return []
    return [ObjectEvent(action=case.step.action, epcs=case.uris, **case.shared())]


def _material(case: Case) -> list[EpcisEvent]:
    """Material is placed; which step of the work that is, its kind says."""
    if not case.elements:
        return []
    lots, table = lots_of(case.how), tables()["material_steps"]
    step = table.get(str(lots[0].get("kind")) if lots else "", table["other"])
    return [ObjectEvent(action=case.step.action, epcs=case.uris, **case.shared(process_step=step))]


def _mould(case: Case) -> list[EpcisEvent]:
    """Elements are in their mould; seen only, where the mould has no key."""
    moulds = _mould_parents(case)
    if not moulds or not case.elements:
        return _elements(case)
    shared = case.shared()
    return [AggregationEvent(action="ADD", parent=uri, child_epcs=shaped, **shared) for uri, shaped in moulds]


def _casting(case: Case) -> list[EpcisEvent]:
    """Concrete, steel and parts of known lots become elements; an observation where the concrete has no key."""
    batches = [(batch_uri(batch, case.settings), batch.get("poured_m3")) for batch in batches_of(case.how)]
    unnamed = not batches or any(uri is None for uri, _ in batches)
    if case.settings.casting_as == "observe" or unnamed or not case.elements:
        return _elements(case)
    inputs = [_amount(uri, volume, "MTQ") for uri, volume in batches if uri is not None]
    for lot in lots_of(case.how):
        uri = lot_uri(lot, case.settings) if lot.get("kind") in kinds_poured_in() else None
        if uri is not None:
            inputs.append(_amount(uri, *_amount_of(lot)))
    named = {amount.epc_class: amount for amount in reversed(inputs)}  # a lot scanned twice is one lot
    kept = tuple(named[uri] for uri in dict.fromkeys(amount.epc_class for amount in inputs))
    return [TransformationEvent(input_quantities=kept, output_epcs=case.uris, **case.shared())]


def _demoulding(case: Case) -> list[EpcisEvent]:
    """Elements leave their pallet, and the moulds that shaped them."""
    if not case.elements:
        return []
    parents = ([(case.pallet, case.uris)] if case.pallet else []) + _mould_parents(case)
    if not parents:
        return _elements(case)
    shared = case.shared()
    return [AggregationEvent(action="DELETE", parent=uri, child_epcs=children, **shared) for uri, children in parents]


def _load(case: Case) -> list[EpcisEvent]:
    """Something happened to a load as a whole."""
    if case.load is None:
        return _elements(case)
    return [ObjectEvent(action=case.step.action, epcs=(case.load,), **case.shared())]


def _stowing(case: Case) -> list[EpcisEvent]:
    """Elements are put on a load, or taken off; seen only, where the load has no key."""
    if not case.elements:
        return []
    if case.load is None:
        return [ObjectEvent(action="OBSERVE", epcs=case.uris, **case.shared())]
    return [AggregationEvent(action=case.step.action, parent=case.load, child_epcs=case.uris, **case.shared())]


def _receipt(case: Case) -> list[EpcisEvent]:
    """Elements leave the lorry on site, and are accepted."""
    return _off_the_load(case) + _elements(case)


def _rejection(case: Case) -> list[EpcisEvent]:
    """Elements leave the lorry on site, are found wrong, and are put aside until they go back or are scrapped."""
    if not case.elements:
        return []
    found = tables()["rejected_as"].get(case.data.get("reject_code"), case.step.disposition)
    aside = case.shared(biz_step="holding", disposition=found, alone=True)
    return [
        *_off_the_load(case),
        ObjectEvent(action="OBSERVE", epcs=case.uris, **case.shared(disposition=found)),
        ObjectEvent(action="OBSERVE", epcs=case.uris, **aside),
    ]


def _batch(case: Case) -> list[EpcisEvent]:
    """A batch of concrete comes into being."""
    shared = case.shared()
    named = ((batch_uri(batch, case.settings), batch.get("volume_m3")) for batch in batches_of(case.how))
    return [
        ObjectEvent(action="ADD", quantities=(_amount(uri, volume, "MTQ"),), **shared)
        for uri, volume in named
        if uri is not None
    ]


def _thing(case: Case) -> list[EpcisEvent]:
    """Something happened to an element, or to a pallet or mould by itself."""
    thing = facts_in(case.data.get("thing"))
    if case.content["elements"] or thing.get("kind") not in tables()["told_things"] or not thing.get("identity"):
        return _elements(case)
    return [ObjectEvent(action=case.step.action, epcs=(thing["identity"],), **case.shared())]


def _formwork(case: Case) -> list[EpcisEvent]:
    """A mould or pallet gets its identity, leaves service or comes back; nothing, where its name fits no key."""
    uri = thing_uri(facts_in(case.data.get("thing")), case.settings)
    if uri is None:
        return []
    ilmd = formwork_master_data(case.data) if case.step.action == "ADD" else {}
    return [ObjectEvent(action=case.step.action, epcs=(uri,), ilmd=ilmd, **case.shared())]


def _declaration(case: Case) -> list[EpcisEvent]:
    """None of its own: the events that a correction names are told again, from their rendition (`declared`)."""
    return []


_FORMS: Mapping[str, Callable[[Case], list[EpcisEvent]]] = {
    "identity": _identity,
    "elements": _elements,
    "material": _material,
    "mould": _mould,
    "casting": _casting,
    "curing": curing,
    "demoulding": _demoulding,
    "load": _load,
    "stowing": _stowing,
    "receipt": _receipt,
    "rejection": _rejection,
    "batch": _batch,
    "thing": _thing,
    "formwork": _formwork,
    "declaration": _declaration,
}


def _off_the_load(case: Case) -> list[EpcisEvent]:
    if case.load is None or not case.elements:
        return []
    off = case.shared(biz_step="unloading", disposition="in_progress", alone=True)
    return [AggregationEvent(action="DELETE", parent=case.load, child_epcs=case.uris, **off)]


def _mould_parents(case: Case) -> list[tuple[str, tuple[str, ...]]]:
    """The event's moulds, each with the elements that it shapes: those of its family, where the event says which."""
    found = []
    for mould in moulds_of(case.how):
        uri, family = mould_uri(str(mould.get("code") or ""), case.settings), mould.get("family")
        shaped = tuple(
            name
            for name, element in zip(case.uris, case.elements, strict=True)
            if family is None or element.get("family") == family
        )
        if uri is not None and shaped:
            found.append((uri, shaped))
    return found


def _amount_of(lot: Facts) -> tuple[float | None, str]:
    """How much of a lot, and in which unit; older events hold kilograms."""
    if lot.get("quantity") is not None:
        return lot["quantity"], str(lot.get("unit") or "")
    return lot.get("quantity_kg"), "KGM"


def _amount(uri: str, amount: float | None, unit: str) -> QuantityElement:
    measured = amount is not None and unit not in counted_in()
    return QuantityElement(uri, amount, unit if measured else None)
