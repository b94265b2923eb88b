"""What is set for a webhook: which events of which projects, and the secrets that sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.traceability.platforms.fields import faults_of
from mes.traceability.platforms.told import Kind
from mes.traceability.settings import SecretSource


class WebhookSettings(BaseModel):
    """Settings of a webhook.

    `secret` signs, and `next_secret` beside it while one is changed: receivers accept either. `signing_key` is a
    private key (whsk_…) for receivers that want to check without a shared secret. Without `projects`, events of all;
    without `kinds`, all that partners are told (`mes.traceability.platforms.webhook.payload.KINDS`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: SecretSource
    next_secret: SecretSource | None = None
    signing_key: SecretSource | None = None
    projects: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    with_personal_data: bool = False
    timeout_seconds: float = Field(default=20, ge=15, le=30)


def read_settings(given: Mapping[str, Any]) -> WebhookSettings:
    """The settings, checked.

    Raises:
        InvalidInput: with the place of each fault.
    """
    try:
        return WebhookSettings.model_validate(given)
    except ValidationError as error:
        raise InvalidInput(Text(N_("The connector's settings are not right")), faults_of(error, given)) from error
