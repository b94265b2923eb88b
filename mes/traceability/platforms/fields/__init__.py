"""Fields declared in YAML: where a value comes from in an event of the ledger, and how it is written for a platform."""

from mes.traceability.platforms.fields.declared import (
    Code,
    Condition,
    Declared,
    FieldRule,
    Name,
    Pattern,
    Words,
    require_known_codes,
)
from mes.traceability.platforms.fields.reading import faults_of, read_declared, read_yaml
from mes.traceability.platforms.fields.records import Context, RecordFault, build_record, holds
from mes.traceability.platforms.fields.sources import is_empty, look_up
from mes.traceability.platforms.fields.templates import fill, places_of

__all__ = [
    "Code",
    "Condition",
    "Context",
    "Declared",
    "FieldRule",
    "Name",
    "Pattern",
    "RecordFault",
    "Words",
    "build_record",
    "faults_of",
    "fill",
    "holds",
    "is_empty",
    "look_up",
    "places_of",
    "read_declared",
    "read_yaml",
    "require_known_codes",
]
