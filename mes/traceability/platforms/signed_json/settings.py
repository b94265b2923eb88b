"""What is set for a connector to a city: its file, what the plant is there, and where the secrets are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.traceability.platforms.fields import faults_of
from mes.traceability.platforms.signed_json.cities import city_named, city_of
from mes.traceability.platforms.signed_json.declaration import City
from mes.traceability.platforms.told import faults_of_values
from mes.traceability.settings import SecretSource


class CitySettings(BaseModel):
    """Settings of a connector to a city.

    `city` names a file that ships, `definition` is a file of the plant's own. A file that is a draft is not sent by
    before `use_draft` says that its fields were agreed with the platform. `next_secrets` are tried when the platform
    refuses the present ones: so a secret is changed without a gap.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    city: str = ""
    definition: dict[str, Any] | None = None
    values: dict[str, str] = Field(default_factory=dict)
    secrets: dict[str, SecretSource] = Field(default_factory=dict)
    next_secrets: dict[str, SecretSource] = Field(default_factory=dict)
    with_personal_data: bool = True
    use_draft: bool = False
    timeout_seconds: float = Field(default=30, ge=1, le=120)
    batch_records: int = Field(default=2000, ge=1, le=2000, description="fewer at once than the file says")

    @property
    def declared(self) -> City:
        """The city's file."""
        return city_of(self.definition) if self.definition is not None else city_named(self.city)


def read_settings(given: Mapping[str, Any]) -> CitySettings:
    """The settings, checked against the city's file.

    Raises:
        InvalidInput: with the place of each fault.
    """
    try:
        settings = CitySettings.model_validate(given)
    except ValidationError as error:
        raise InvalidInput(Text(N_("The connector's settings are not right")), faults_of(error, given)) from error
    if bool(settings.city) == (settings.definition is not None):
        told = Text(N_("Name either a city that ships, or give a file of the plant's own"))
        raise InvalidInput(Text(N_("The connector's settings are not right")), [Fault("city", told)])
    faults = [*faults_of_values(settings.declared.values, settings.values), *_faults_of_secrets(settings)]
    if faults:
        raise InvalidInput(Text(N_("The connector's settings are not right")), faults)
    return settings


def _faults_of_secrets(settings: CitySettings) -> list[Fault]:
    rules, faults = settings.declared.secrets, []
    for key, sources in (("secrets", settings.secrets), ("next_secrets", settings.next_secrets)):
        for name in sorted(set(sources) - set(rules)):
            faults.append(Fault(f"{key}.{name}", Text(N_("The city's file asks for nothing of this name"))))
    for name, rule in rules.items():
        if name not in settings.secrets:
            told = Text(N_("Say where the secret is kept: %(title)s"), {"title": rule.title.zh})
            faults.append(Fault(f"secrets.{name}", told))
    return faults
