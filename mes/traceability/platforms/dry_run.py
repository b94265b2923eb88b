"""What would be sent of an event, to the byte, and what is missing for it; nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from mes.core.text import N_, Text
from mes.traceability.platforms.kinds import kind_named
from mes.traceability.platforms.protocol import RenderError, Rendition


@dataclass(frozen=True)
class DryRequest:
    """A request as it would go out, its secrets masked; `signed_text` is what the signature is of."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    signed_text: str = ""
    about: str = ""  # the endpoint
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missing:
    """A field that the platform would refuse: where it goes, where it should come from, and why."""

    about: str
    field: str
    source: str
    reason: Text


@dataclass(frozen=True)
class DryRun:
    """Requests that would be sent – none, where the platform hears nothing of the event – and what keeps them back."""

    requests: tuple[DryRequest, ...] = ()
    missing: tuple[Missing, ...] = ()
    notes: tuple[Text, ...] = field(default=())


def no_form(error: RenderError) -> DryRun:
    """What is said of an event that cannot be put into the platform's form."""
    return DryRun(missing=(Missing("", "", "", Text("%(words)s", {"words": str(error)})),))


@runtime_checkable
class ShowsRequests(Protocol):
    """A kind of platform that tells the whole request of an event."""

    def dry_run(
        self, content: Mapping[str, Any], url: str, settings: Any, now: datetime, original: Rendition | None = None
    ) -> DryRun:
        """As the function below."""


def dry_run(
    kind: str,
    content: Mapping[str, Any],
    url: str,
    given: Mapping[str, Any],
    now: datetime,
    original: Rendition | None = None,
) -> DryRun:
    """What a connector of that kind, address and settings would send of an event at a moment.

    Raises:
        KeyError: no such kind.
        InvalidInput: the settings are not right.
    """
    found = kind_named(kind)
    settings = found.read_settings(given)
    if isinstance(found, ShowsRequests):
        return found.dry_run(content, url, settings, now, original)
    try:
        rendition = found.render(content, settings, original)
    except RenderError as error:
        return no_form(error)
    if rendition is None:
        return DryRun(notes=(Text(N_("The platform hears nothing of this kind of event")),))
    return DryRun((DryRequest("", url, {}, rendition.body, ids=rendition.ids),))
