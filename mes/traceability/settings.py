"""What is set per connector: how the ledger is rendered for it, and which secrets open its door."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from labels.keys.naming import Naming
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.traceability.capture_client import (
    BasicPassword,
    BearerKey,
    CredentialError,
    Credentials,
    HeaderKey,
    HiddenCredentials,
)

HIDDEN = "***"


class MappingSettings(BaseModel):
    """How events are written for one platform.

    `company_prefix` is the GS1 company prefix of the plant, `owner` the credit code that leads the names of a plant
    without one; with neither, pallets and concrete batches have no key of their own and are named in extensions only.
    `plant_gln` is the plant's Global Location Number: with a prefix but without it, events have no read point.
    `casting_as` is `observe` for platforms that refuse a TransformationEvent whose output has
    its identity already.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    company_prefix: str = Field(default="", pattern=r"^(\d{6,12})?$")
    plant_gln: str = Field(default="", pattern=r"^(\d{13})?$")
    owner: str = ""
    site_number: int = Field(default=0, ge=0, le=9)
    casting_as: Literal["transformation", "observe"] = "transformation"
    with_person_names: bool = False

    @model_validator(mode="after")
    def _can_name(self) -> MappingSettings:
        _ = self.naming
        return self

    @property
    def naming(self) -> Naming | None:
        """How the plant names its things; None where the settings do not say."""
        if not (self.company_prefix or self.owner):
            return None
        return Naming(self.company_prefix, self.owner, self.site_number)


def plant_mapping(naming: Naming) -> dict[str, Any]:
    """The mapping's keys for a plant of that naming."""
    if not naming.is_gs1:
        return {"owner": naming.owner, "site_number": naming.site_number}
    return {
        "company_prefix": naming.company_prefix,
        "plant_gln": naming.place()["414"],
        "site_number": naming.site_number,
    }


class SecretSource(BaseModel):
    """Where a secret is kept: a variable of the worker's environment, or a file. Never the secret itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    variable: str = ""
    file: str = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> SecretSource:
        if bool(self.variable) == bool(self.file):
            raise ValueError("name either a variable or a file")
        if self.variable.startswith("MES_"):
            raise ValueError("variables that start with MES_ are settings; choose another name for a secret")
        return self

    def read(self, environ: Mapping[str, str]) -> str:
        """The secret.

        Raises:
            SecretMissing: the variable or file is not there, or empty.
        """
        if self.variable:
            found = environ.get(self.variable, "")
            if not found:
                raise SecretMissing(f"the variable {self.variable} is not set")
            return found
        try:
            found = Path(self.file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SecretMissing(f"the file {self.file} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise SecretMissing(f"the file {self.file} is no text") from error
        if not found:
            raise SecretMissing(f"the file {self.file} is empty")
        return found


class SecretMissing(Exception):
    """A secret is not where the connector's settings say; names the place, never the secret."""


class CredentialSettings(BaseModel):
    """How we prove who we are: a bearer key, a user name and password, or a key in a header of the platform's own.

    While a platform changes from one secret to another, both are named: either opens the door.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["bearer", "basic", "header"]
    secret: SecretSource
    next_secret: SecretSource | None = Field(
        default=None, description="a second secret, used where the platform does not know the first: for a change"
    )
    user: str = ""
    header: str = ""

    @model_validator(mode="after")
    def _complete(self) -> CredentialSettings:
        if self.kind == "basic" and not self.user:
            raise ValueError("basic credentials need a user")
        if self.kind == "header" and not self.header:
            raise ValueError("header credentials need the header's name")
        return self

    def credentials(self, environ: Mapping[str, str]) -> Credentials:
        """Credentials with the secret read in.

        Raises:
            SecretMissing: the secret is not where it should be, or cannot be sent in a header.
        """
        return self._with(self.secret.read(environ))

    def next_credentials(self, environ: Mapping[str, str]) -> Credentials | None:
        """Credentials with the second secret, where one is named.

        Raises:
            SecretMissing: as `credentials`.
        """
        return self._with(self.next_secret.read(environ)) if self.next_secret else None

    def hidden(self) -> HiddenCredentials:
        """What stands in a request where the secret would, for a dry run; the secret is not read."""
        if self.kind == "header":
            return HiddenCredentials(self.header, HIDDEN)
        return HiddenCredentials("Authorization", f"{self.kind.capitalize()} {HIDDEN}")

    def _with(self, secret: str) -> Credentials:
        try:
            if self.kind == "bearer":
                return BearerKey(secret)
            return BasicPassword(self.user, secret) if self.kind == "basic" else HeaderKey(self.header, secret)
        except CredentialError as error:
            raise SecretMissing(str(error)) from error


class ConnectorSettings(BaseModel):
    """Everything that is set per connector."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mapping: MappingSettings = MappingSettings()
    credentials: CredentialSettings | None = None
    batch_events: int = Field(default=500, ge=1, le=2000, description="most events in one document")
    timeout_seconds: float = Field(default=30, ge=1, le=120)

    def read_credentials(self, environ: Mapping[str, str] = os.environ) -> Credentials | None:
        """Credentials with their secret, or None for a platform that asks for none.

        Raises:
            SecretMissing: the secret is not where it should be.
        """
        return self.credentials.credentials(environ) if self.credentials else None

    def read_next_credentials(self, environ: Mapping[str, str] = os.environ) -> Credentials | None:
        """Credentials with the second secret, where one is named.

        Raises:
            SecretMissing: the secret is not where it should be.
        """
        return self.credentials.next_credentials(environ) if self.credentials else None


def read_settings(given: Mapping[str, object]) -> ConnectorSettings:
    """Settings as they stand in a file or in the database.

    Raises:
        InvalidInput: with the place of each fault.
    """
    try:
        return ConnectorSettings.model_validate(given)
    except ValidationError as error:
        faults = [
            Fault(".".join(map(str, item["loc"])), Text(str(item["msg"]).replace("%", "%%")))
            for item in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise InvalidInput(Text(N_("The connector's settings are not right")), faults) from error
