"""From form fields to commands: what is wrong is said at the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from mes.core.commands import Command
from mes.core.errors import Fault, InvalidInput
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
        reason = Text(N_("Please choose or fill in"))
        faults = [Fault(str(one["loc"][0]), reason) for one in error.errors()]
        raise InvalidInput(Text(N_("Some fields are not right")), faults) from error


def place_of_form(prefix: str, form: Mapping[str, str]) -> dict[str, str] | None:
    """A place of the picker; None where none was chosen."""
    typed = {part: form.get(prefix + part, "").strip() for part in ("face", "x_mm", "y_mm")}
    return typed if any(typed.values()) else None
