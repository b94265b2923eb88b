"""What is set for a folder: its layout, what its files are called, and how much one holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.traceability.platforms.fields import faults_of
from mes.traceability.platforms.file_drop.layout import Layout, layout_named, layout_of
from mes.traceability.platforms.told import faults_of_values


class FileDropSettings(BaseModel):
    """Settings of a folder. `layout` names one that ships, `definition` is the plant's own; `prefix` begins each file's
    name, by custom with the connector's name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layout: str = ""
    definition: dict[str, Any] | None = None
    prefix: str = Field(default="precast", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")
    values: dict[str, str] = Field(default_factory=dict)
    with_personal_data: bool = True
    batch_events: int = Field(default=500, ge=1, le=2000)

    @property
    def declared(self) -> Layout:
        """The layout."""
        return layout_of(self.definition) if self.definition is not None else layout_named(self.layout)


def read_settings(given: Mapping[str, Any]) -> FileDropSettings:
    """The settings, checked against the layout.

    Raises:
        InvalidInput: with the place of each fault.
    """
    wrong = Text(N_("The connector's settings are not right"))
    try:
        settings = FileDropSettings.model_validate(given)
    except ValidationError as error:
        raise InvalidInput(wrong, faults_of(error, given)) from error
    if bool(settings.layout) == (settings.definition is not None):
        told = Text(N_("Name either a layout that ships, or give one of the plant's own"))
        raise InvalidInput(wrong, [Fault("layout", told)])
    faults = faults_of_values(settings.declared.values, settings.values)
    if faults:
        raise InvalidInput(wrong, faults)
    return settings
