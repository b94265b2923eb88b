"""What pydantic found wrong with a form, field by field, in words of what should be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from mes.core.errors import Fault
from mes.core.text import N_, Text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

WORDS = {
    "missing": N_("Please fill this in"),
    "string_too_short": N_("Please fill this in"),
    "string_too_long": N_("At most %(max_length)s characters"),
    "string_pattern_mismatch": N_("Only letters A–Z, digits, points and dashes"),
    "int_type": N_("A whole number, please"),
    "int_parsing": N_("A whole number, please"),
    "int_from_float": N_("A whole number, please"),
    "float_type": N_("A number, please"),
    "float_parsing": N_("A number, please"),
    "greater_than_equal": N_("At least %(ge)s"),
    "less_than_equal": N_("At most %(le)s"),
    "literal_error": N_("Please choose one of the values offered"),
}
"""By pydantic's type of error; the names in them are those of its context. The pattern is that of codes and hosts."""


def faults_of(error: ValidationError) -> list[Fault]:
    """A fault for every field that cannot be right."""
    return [Fault(str(item["loc"][0]) if item["loc"] else "form", _words(item)) for item in error.errors()]


def _words(item: ErrorDetails) -> Text:
    message = WORDS.get(item["type"], N_("This cannot be right"))
    limits = {name: f"{value:g}" if isinstance(value, float) else value for name, value in item.get("ctx", {}).items()}
    return Text(message, {name: value for name, value in limits.items() if f"%({name})s" in message})
