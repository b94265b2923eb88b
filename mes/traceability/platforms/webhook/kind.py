"""Webhooks as a kind of platform."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mes.core.clock import Clock
from mes.core.text import N_, Text
from mes.traceability.platforms.addresses import ANYWHERE, check_address
from mes.traceability.platforms.answers import CaptureJob, Delivered, Discovery, Exchange, Lookup, Submission
from mes.traceability.platforms.dry_run import DryRequest, DryRun, no_form
from mes.traceability.platforms.http import Caller, Request, answer_of_status
from mes.traceability.platforms.protocol import RenderError, Rendition
from mes.traceability.platforms.webhook.payload import KINDS, render
from mes.traceability.platforms.webhook.settings import WebhookSettings, read_settings
from mes.traceability.platforms.webhook.signing import read_key, read_secret, signatures
from mes.traceability.settings import SecretMissing


@dataclass(frozen=True)
class SigningKeys:
    """What signs, read in; `hidden` are the texts that no screen shows."""

    secrets: tuple[bytes, ...] = field(repr=False)
    key: Ed25519PrivateKey | None = field(default=None, repr=False)
    hidden: tuple[str, ...] = field(default=(), repr=False)


class WebhookPlatform:
    """A partner's endpoint. It takes one event at a time and says nothing but a status."""

    def __init__(self, url: str, settings: WebhookSettings, keys: SigningKeys, clock: Clock | None = None) -> None:
        self._url, self._keys = url, keys
        self._caller = Caller(keys.hidden, read_timeout_seconds=settings.timeout_seconds, clock=clock)

    def discover(self) -> Discovery:
        """A webhook tells nothing of itself."""
        return Discovery(Delivered(), self._unsent("nothing was asked"))

    def send(self, renditions: Sequence[Rendition]) -> Submission:
        """Send each in its order; the first that is not taken ends it."""
        submission = Submission(Delivered(), self._unsent("nothing to send"))
        for rendition in renditions:
            request = request_of(self._url, rendition, self._caller.clock.now(), self._keys)
            reply = self._caller.call(request)
            submission = Submission(answer_of_status(reply, self._caller.clock.now()), reply.exchange)
            if not isinstance(submission.answer, Delivered):
                break
        return submission

    def poll(self, job: CaptureJob) -> Submission:
        """What a partner has taken, it has."""
        return Submission(Delivered(), self._unsent("a webhook has no jobs"))

    def find(self, event_id: str) -> Lookup:
        """A webhook does not tell."""
        return Lookup(Delivered(), self._unsent("a webhook does not tell"))

    def find_day(self, day: str, zone: tzinfo) -> frozenset[str] | None:
        """A webhook does not tell."""
        return None

    def close(self) -> None:
        """Close the connection that is kept open."""
        self._caller.close()

    def _unsent(self, words: str) -> Exchange:
        return Exchange("", self._url, 0, None, 0.0, words)


class Webhook:
    """Standard Webhooks."""

    name = "webhook"

    def read_settings(self, given: Mapping[str, Any]) -> WebhookSettings:
        """The settings, checked."""
        return read_settings(given)

    def check_address(self, url: str) -> None:
        """Whether a partner can be at this address; whether it may be called is judged where it is."""
        check_address(url, ANYWHERE)

    def most_together(self, settings: WebhookSettings) -> int:
        """One event, one request."""
        return 1

    def kinds_told(self, settings: WebhookSettings) -> frozenset[str]:
        """Those of the settings, or all that partners are told."""
        return frozenset(settings.kinds or KINDS)

    def render(
        self, content: Mapping[str, Any], settings: WebhookSettings, original: Rendition | None = None
    ) -> Rendition | None:
        """The payload of an event."""
        return render(content, settings)

    def connect(self, url: str, settings: WebhookSettings) -> WebhookPlatform:
        """A door to the partner's endpoint, its secrets read now."""
        return WebhookPlatform(url, settings, read_signing_keys(settings))

    def dry_run(
        self,
        content: Mapping[str, Any],
        url: str,
        settings: WebhookSettings,
        now: datetime,
        original: Rendition | None = None,
    ) -> DryRun:
        """What would be sent of an event."""
        try:
            rendition = self.render(content, settings)
        except RenderError as error:
            return no_form(error)
        if rendition is None:
            return DryRun(notes=(Text(N_("This event is not for this partner")),))
        notes: tuple[Text, ...] = ()
        try:
            keys = read_signing_keys(settings)
        except SecretMissing as error:
            keys, notes = SigningKeys(()), (Text(N_("Not signed: %(why)s"), {"why": str(error)}),)
        request = request_of(url, rendition, now, keys)
        signed = f"{rendition.ids[0]}.{int(now.timestamp())}.{rendition.body.decode()}"
        shown = DryRequest(request.method, url, request.headers, request.body, signed, ids=rendition.ids)
        return DryRun((shown,), notes=notes)


def request_of(url: str, rendition: Rendition, now: datetime, keys: SigningKeys) -> Request:
    """The request of an attempt at this moment."""
    identity, seconds = rendition.ids[0], int(now.timestamp())
    signature = signatures(identity, seconds, rendition.body, list(keys.secrets), keys.key)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature,
    }
    return Request("POST", url, headers, rendition.body, tuple(signature.split()))


def read_signing_keys(settings: WebhookSettings, environ: Mapping[str, str] = os.environ) -> SigningKeys:
    """The secrets, read now.

    Raises:
        SecretMissing: one is not where the settings say, or is not a webhook's secret.
    """
    sources = [source for source in (settings.secret, settings.next_secret) if source is not None]
    texts = [source.read(environ) for source in sources]
    key_text = settings.signing_key.read(environ) if settings.signing_key is not None else ""
    key = read_key(key_text) if key_text else None
    hidden = tuple(filter(None, (*texts, key_text)))
    return SigningKeys(tuple(map(read_secret, texts)), key, hidden)
