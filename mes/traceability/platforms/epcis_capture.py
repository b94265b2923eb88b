"""EPCIS 2.0 capture as a kind of platform: events by the mapping, documents put together from their kept bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from labels import LabelError
from mes.core.clock import Clock, SystemClock
from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.traceability.capture_client import DECLARED, CaptureAddressError, CaptureClient
from mes.traceability.epcis import (
    CONTEXT,
    CheckDigitError,
    EventError,
    EventTimeError,
    ExtensionError,
    encode,
    time_text,
)
from mes.traceability.mapping import declared, epcis_events, kinds_with_form, names_in
from mes.traceability.platforms.addresses import check_address, read_rules
from mes.traceability.platforms.answers import CaptureJob, Discovery, Lookup, Submission
from mes.traceability.platforms.dry_run import DryRequest, DryRun, no_form
from mes.traceability.platforms.protocol import Original, PlatformKind, RenderError, Rendition
from mes.traceability.settings import ConnectorSettings, read_settings

NOT_RENDERABLE = (
    EventError,
    ExtensionError,
    EventTimeError,
    CheckDigitError,
    LabelError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
)
ANYWHERE = read_rules("localhost, 127.0.0.0/8, 0.0.0.0/0, ::/0")


class EpcisPlatform:
    """An open capture interface."""

    def __init__(self, url: str, settings: ConnectorSettings, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._client = CaptureClient(
            url,
            settings.read_credentials(),
            next_credentials=settings.read_next_credentials(),
            read_timeout_seconds=settings.timeout_seconds,
            clock=self._clock,
        )

    def discover(self) -> Discovery:
        """Limits and abilities, where the platform answers OPTIONS."""
        return self._client.options()

    def send(self, renditions: Sequence[Rendition]) -> Submission:
        """One document with these events, their kept bytes as they are."""
        ids = [event_id for rendition in renditions for event_id in rendition.ids]
        document = document_of((part.body for part in renditions), self._clock.now())
        return self._client.post_bytes(document, ids, inseparable=len(renditions) == 1)

    def poll(self, job: CaptureJob) -> Submission:
        """How far an accepted document is."""
        return self._client.poll(job)

    def find(self, event_id: str) -> Lookup:
        """Whether the platform has the event, or the declaration that it was wrong."""
        return self._client.find(event_id)

    def find_day(self, day: str, zone: tzinfo) -> frozenset[str] | None:
        """The ids of the events that happened on a day, by the query interface."""
        begins = datetime.combine(date.fromisoformat(day), datetime.min.time(), zone)
        return self._client.find_between(begins, begins + timedelta(days=1))[1]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class EpcisCapture:
    """The kind `epcis`."""

    name = "epcis"

    def read_settings(self, given: Mapping[str, Any]) -> ConnectorSettings:
        """The mapping, the credentials' places and the size of documents."""
        return read_settings(given)

    def check_address(self, url: str) -> None:
        """An http(s) address below which /capture lies."""
        try:
            CaptureClient(url).close()
        except CaptureAddressError as error:
            raise InvalidInput(Text(N_("This address cannot be used: %(why)s"), {"why": str(error)})) from error
        check_address(url, ANYWHERE)  # which hosts the worker may call is its own setting, and judged when it does

    def most_together(self, settings: ConnectorSettings) -> int:
        """As many as the connector is set to; the platform's own limits come on top."""
        return settings.batch_events

    def render(
        self, content: Mapping[str, Any], settings: ConnectorSettings, original: Rendition | None = None
    ) -> Rendition | None:
        """An event's EPCIS events, with their hash ids, as bytes joined by commas."""
        try:
            if content["kind"] == "event.declared_wrong":
                return declaration(content, original)
            return rendition([event.to_json() for event in epcis_events(content, settings.mapping)])
        except NOT_RENDERABLE as error:
            raise RenderError(f"it has no EPCIS form as it is: {_words(error)}") from error

    def kinds_told(self, settings: ConnectorSettings) -> frozenset[str]:
        """Kinds that have an EPCIS form."""
        return kinds_with_form()

    def dry_run(
        self,
        content: Mapping[str, Any],
        url: str,
        settings: ConnectorSettings,
        now: datetime,
        original: Rendition | None = None,
    ) -> DryRun:
        """The request that the event alone would make: its headers as they go out, the document around its events."""
        try:
            made = self.render(content, settings, original)
        except RenderError as error:
            return no_form(error)
        if made is None:
            return DryRun(notes=(Text(N_("The platform hears nothing of this event")),))
        document = document_of([made.body], now)
        client = CaptureClient(url, settings.credentials.hidden() if settings.credentials else None)
        headers = client.headers_of(document)
        client.close()
        return DryRun((DryRequest("POST", f"{url.rstrip('/')}/capture", headers, document, ids=made.ids),))

    def connect(self, url: str, settings: ConnectorSettings) -> EpcisPlatform:
        """A door to the platform, its secrets read now."""
        return EpcisPlatform(url, settings)


def rendition(events: Sequence[Mapping[str, Any]]) -> Rendition | None:
    """The rendition of events in their JSON form; None for none."""
    if not events:
        return None
    identifiers, loose = names_in(events)
    return Rendition(
        ids=tuple(f"{event['eventID']}{DECLARED if 'errorDeclaration' in event else ''}" for event in events),
        body=b",".join(encode(event) for event in events),
        identifiers=identifiers,
        loose_identifiers=loose,
    )


def declaration(content: Mapping[str, Any], original: Rendition | None) -> Rendition | None:
    """What a correction makes of the events that it names; None where this platform was never told of them."""
    if original is None:
        return None
    corrective = original.corrective_ids if isinstance(original, Original) else ()
    return rendition(declared(json.loads(b"[" + original.body + b"]"), content, corrective))


def document_of(bodies: Iterable[bytes], created_at: datetime) -> bytes:
    """The document around events that are bytes already."""
    head = encode({"@context": CONTEXT, "type": "EPCISDocument", "schemaVersion": "2.0"})[:-1]
    created = encode({"creationDate": time_text(created_at)})[1:-1]
    return b"".join((head, b",", created, b',"epcisBody":{"eventList":[', b",".join(bodies), b"]}}"))


def _words(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


KIND: PlatformKind = EpcisCapture()
