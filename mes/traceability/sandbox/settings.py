"""What a running platform is set to, and how the parts of its Flask app find it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from flask import current_app

from mes.traceability.sandbox.behaviour import Behaviour
from mes.traceability.sandbox.cities.keys import CityKeys
from mes.traceability.sandbox.cities.reading import PlayedCity
from mes.traceability.sandbox.faults import FaultScript
from mes.traceability.sandbox.signed.keys import AppKey
from mes.traceability.sandbox.store import Store
from mes.traceability.sandbox.worker import CaptureWorker


@dataclass(frozen=True)
class Limits:
    """The largest capture document: how many events, and how many bytes."""

    events: int = 500
    file_size_bytes: int = 5 * 1024 * 1024


@dataclass(frozen=True)
class Platform:
    """One running platform."""

    store: Store
    worker: CaptureWorker
    faults: FaultScript
    base_url: str
    limits: Limits
    api_keys: tuple[str, ...]
    behaviour: Behaviour
    admin_key: str = ""
    """Without one, nobody changes faults while the platform runs."""
    app_keys: Mapping[str, AppKey] = field(default_factory=dict)
    webhook_secrets: tuple[str, ...] = ()
    cities: Mapping[str, tuple[PlayedCity, CityKeys]] = field(default_factory=dict)

    def accepts_key(self, key: str) -> bool:
        """Whether `key` is one of the configured ones; several allow a change without a gap."""
        matches = [hmac.compare_digest(key.encode(), known.encode()) for known in self.api_keys]
        return any(matches)


EXTENSION = "sandbox-platform"


def platform() -> Platform:
    """The platform that serves the present request."""
    return cast(Platform, current_app.extensions[EXTENSION])
