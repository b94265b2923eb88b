"""One event of the ledger on its way to its form: what every form needs of it, read once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, TypedDict

from mes.traceability.epcis import BusinessTransaction, ExtensionValue, Party, process_step
from mes.traceability.mapping.content import Content, Facts, event_time, facts_in, numbered
from mes.traceability.mapping.facts import common_extensions
from mes.traceability.mapping.names import (
    document_uri,
    load_uri,
    pallet_uri,
    party_uri,
    place_uri,
    plant_party_uri,
    plant_uri,
    procedure_uri,
    site_uri,
)
from mes.traceability.mapping.steps import Step, before_identity
from mes.traceability.settings import MappingSettings

CUSTOMERS = ("contractor", "owner")
"""Who takes the elements over: the contractor who builds with them, else the owner."""


class Shared(TypedDict):
    """The fields that every form has alike."""

    event_time: datetime
    biz_step: str
    disposition: str | None
    read_point: str | None
    biz_location: str | None
    biz_transactions: tuple[BusinessTransaction, ...]
    sources: tuple[Party, ...]
    destinations: tuple[Party, ...]
    extensions: Mapping[str, ExtensionValue]


class Case:
    """An event's content, how its kind is written, and how the platform's connector is set."""

    def __init__(self, step: Step, content: Content, settings: MappingSettings) -> None:
        self.step, self.content, self.settings = step, content, settings

    @property
    def how(self) -> Facts:
        """Pallet, materials, batches, moulds."""
        how: Facts = self.content["how"]
        return how

    @property
    def data(self) -> Facts:
        """What the event holds besides."""
        data: Facts = self.content["data"]
        return data

    @cached_property
    def elements(self) -> list[Facts]:
        """Elements that a platform can know: those that had their identity when it happened."""
        early = before_identity()
        return [element for element in self.content["elements"] if element.get("state") not in early]

    @cached_property
    def uris(self) -> tuple[str, ...]:
        """The elements' Digital Links, or local identities."""
        return tuple(element["digital_link"] for element in self.elements)

    @cached_property
    def pallet(self) -> str | None:
        """The pallet, where the plant's naming is known."""
        return pallet_uri(self.content, self.settings)

    @cached_property
    def load(self) -> str | None:
        """The load."""
        return load_uri(self.content, self.settings)

    @cached_property
    def time(self) -> datetime:
        """When it happened."""
        return event_time(self.content)

    def shared(self, **changes: Any) -> Shared:
        """The shared fields by the kind's step, but for `changes`; `alone` leaves documents and parties to others."""
        step = self.step
        word = changes.get("process_step", step.process_step)
        alone = changes.get("alone", False)
        ends = ((), ()) if alone or step.transfer is None else self._ends
        return {
            "event_time": self.time,
            "biz_step": changes.get("biz_step", step.biz_step),
            "disposition": changes.get("disposition", step.disposition),
            "read_point": self._place,
            "biz_location": self._place if step.stays and not alone else None,
            "biz_transactions": () if alone else self._documents,
            "sources": ends[0],
            "destinations": ends[1],
            "extensions": self._extensions | {"pc:processStep": process_step(word)} if word else self._extensions,
        }

    @cached_property
    def _extensions(self) -> dict[str, ExtensionValue]:
        return common_extensions(self.content, self.settings)

    @cached_property
    def _place(self) -> str | None:
        return place_uri(self.content, self.settings)

    @cached_property
    def _documents(self) -> tuple[BusinessTransaction, ...]:
        kind = self.step.document
        if kind is None:
            return ()
        if kind == "testres":
            return tuple(self._tests())
        number = _document_number(kind, self.content)
        return (BusinessTransaction(kind, document_uri(kind, number, self.settings)),) if number else ()

    def _tests(self) -> list[BusinessTransaction]:
        """Results, and by which rules they were judged."""
        data = self.data
        results = [data[name]["id"] for name in ("inspection", "cube_test") if numbered(data.get(name)).get("id")]
        found = [BusinessTransaction("testres", f"urn:uuid:{identity}") for identity in results]
        rules = str(facts_in(data.get("inspection")).get("rule_set") or "").strip()
        return [*found, BusinessTransaction("testprd", procedure_uri(rules))] if rules else found

    @cached_property
    def _ends(self) -> tuple[tuple[Party, ...], tuple[Party, ...]]:
        """Whose the goods are and where, before and after."""
        plant = _parties(plant_party_uri(self.settings), plant_uri(self.settings))
        project = str(self.data.get("project_code") or self.content["where"].get("project_code") or "")
        customer = _parties(_customer(self.data), site_uri(project, self.settings))
        return (plant, customer) if self.step.transfer == "out" else (customer, plant)


def _parties(owner: str | None, location: str | None) -> tuple[Party, ...]:
    named = (("owning_party", owner), ("location", location))
    return tuple(Party(kind, uri) for kind, uri in named if uri is not None)


def _customer(data: Facts) -> str | None:
    codes = {party.get("role"): str(party.get("credit_code") or "") for party in data.get("parties") or ()}
    code = next((codes[role] for role in CUSTOMERS if codes.get(role)), "")
    return party_uri(code) if code else None


def _document_number(kind: str, content: Content) -> str:
    data = content["data"]
    if kind == "prodorder":
        return str(content["how"].get("load") or "")
    if kind == "rma":
        return str(numbered(data.get("nonconformity")).get("number") or "")
    return str(numbered(data.get("certificate" if kind == "cert" else "delivery")).get("number") or "")
