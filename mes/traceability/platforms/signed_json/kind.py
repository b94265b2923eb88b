"""Signed JSON as a kind of platform."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mes.traceability.platforms.addresses import ANYWHERE, check_address
from mes.traceability.platforms.dry_run import DryRun
from mes.traceability.platforms.protocol import Rendition
from mes.traceability.platforms.signed_json.assembly import Keys
from mes.traceability.platforms.signed_json.digests import KeyUnusable
from mes.traceability.platforms.signed_json.dry_run import show_requests
from mes.traceability.platforms.signed_json.platform import SignedJsonPlatform
from mes.traceability.platforms.signed_json.settings import CitySettings, read_settings
from mes.traceability.platforms.telling import records_of, rendition_of
from mes.traceability.platforms.told import kinds_in
from mes.traceability.settings import SecretMissing, SecretSource


class SignedJson:
    """JSON with a signature, as one YAML file says for each city."""

    name = "signed-json"

    def read_settings(self, given: Mapping[str, Any]) -> CitySettings:
        """The settings, checked against the city's file."""
        return read_settings(given)

    def check_address(self, url: str) -> None:
        """Whether a platform can be at this address; whether it may be called is judged where it is."""
        check_address(url, ANYWHERE)

    def most_together(self, settings: CitySettings) -> int:
        """As many events as records go into one request."""
        return min(settings.declared.request.body.most, settings.batch_records)

    def kinds_told(self, settings: CitySettings) -> frozenset[str]:
        """Kinds that an endpoint of the city's file takes."""
        return kinds_in(settings.declared.told)

    def render(
        self, content: Mapping[str, Any], settings: CitySettings, original: Rendition | None = None
    ) -> Rendition | None:
        """The records of an event."""
        rendered = records_of(
            settings.declared,
            content,
            settings.values,
            with_personal=settings.with_personal_data,
            original=original,
        )
        return rendition_of(rendered, content)

    def connect(self, url: str, settings: CitySettings) -> SignedJsonPlatform:
        """A door to the platform, its secrets read now."""
        return SignedJsonPlatform(url, settings, read_keys(settings))

    def dry_run(
        self,
        content: Mapping[str, Any],
        url: str,
        settings: CitySettings,
        now: datetime,
        original: Rendition | None = None,
    ) -> DryRun:
        """What would be sent of an event."""
        return show_requests(content, url, settings, now, original=original)


def read_keys(settings: CitySettings, environ: Mapping[str, str] = os.environ) -> list[Keys]:
    """The secrets read in: the present ones, then the next where they are named.

    Raises:
        SecretMissing: a secret is not where the settings say, or not what its algorithm needs.
    """
    sets: list[Mapping[str, SecretSource]] = [settings.secrets]
    if settings.next_secrets:
        sets.append({**settings.secrets, **settings.next_secrets})
    try:
        read = [{name: source.read(environ) for name, source in sources.items()} for sources in sets]
        return [Keys.read(settings.declared, secrets) for secrets in read]
    except KeyUnusable as error:
        raise SecretMissing(str(error)) from error
