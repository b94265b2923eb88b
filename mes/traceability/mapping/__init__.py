"""From an event of the ledger to its EPCIS 2.0 form: pure functions of the event's content."""

from mes.traceability.mapping.content import identifiers_of
from mes.traceability.mapping.declared import REASONS, declared, error_declaration
from mes.traceability.mapping.forms import epcis_events
from mes.traceability.mapping.identifiers import goes_round, names_in
from mes.traceability.mapping.steps import WITHOUT_FORM, kinds_with_form
from mes.traceability.settings import MappingSettings

__all__ = [
    "REASONS",
    "WITHOUT_FORM",
    "MappingSettings",
    "declared",
    "epcis_events",
    "error_declaration",
    "goes_round",
    "identifiers_of",
    "kinds_with_form",
    "names_in",
]
