"""From an event of the ledger to its EPCIS 2.0 form: pure functions of the event's content."""

from mes.traceability.mapping.content import identifiers_of
from mes.traceability.mapping.forms import WITHOUT_FORM, epcis_events, kinds_with_form
from mes.traceability.settings import MappingSettings

__all__ = ["WITHOUT_FORM", "MappingSettings", "epcis_events", "identifiers_of", "kinds_with_form"]
