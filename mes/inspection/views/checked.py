"""From form fields to commands: what is wrong is said at the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from mes.core.commands import Command
from mes.core.errors import Fault, InvalidInput
from mes.core.form_faults import faults_of
from mes.core.text import N_, Text

C = TypeVar("C", bound=Command)


def checked(shape: type[C], content: Mapping[str, Any]) -> C:
    """A command from a form.

    Raises:
        InvalidInput: a field is missing or cannot be used; each fault names its field.
    """
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        raise InvalidInput(Text(N_("Some fields are not right")), _faults(error)) from error


def _faults(error: ValidationError) -> list[Fault]:
    """A field that was left out is asked for; of what was typed, it is said what is wrong."""
    please = Text(N_("Please choose or fill in"))
    left_out = {str(one["loc"][0]) for one in error.errors() if one["loc"] and one["input"] in (None, "")}
    return [Fault(fault.where, please) if fault.where in left_out else fault for fault in faults_of(error)]


def text_of(form: Mapping[str, str], name: str) -> str:
    """What was typed into a text area; a line's end counts as one character, as it does in the browser's limit."""
    return form.get(name, "").replace("\r\n", "\n").strip()


def place_of_form(prefix: str, form: Mapping[str, str]) -> dict[str, str] | None:
    """A place of the picker; None where none was chosen."""
    typed = {part: form.get(prefix + part, "").strip() for part in ("face", "x_mm", "y_mm")}
    return typed if any(typed.values()) else None
