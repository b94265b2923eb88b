"""One HTTP request to a platform: the exact bytes given, no redirects, TLS verified, sizes limited, all masked."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import requests
from requests.auth import AuthBase

from mes.core.clock import Clock, SystemClock
from mes.traceability.capture_client.reading import capabilities, clock_skew, retry_after
from mes.traceability.platforms.addresses import AddressRefused, AddressRules
from mes.traceability.platforms.answers import (
    Answer,
    DataRefused,
    Delivered,
    Disabled,
    Exchange,
    PauseConfiguration,
    PauseCredentials,
    Retry,
    TooLarge,
)
from mes.traceability.platforms.masking import Masker
from mes.traceability.platforms.sessions import LARGEST_ANSWER_BYTES, GuardedSession, Seconds

_log = logging.getLogger(__name__)

EXCERPT_CHARACTERS = 2000
USER_AGENT = "precast-mes"


@dataclass(frozen=True)
class Request:
    """What is to be sent, to the byte. `hidden` are texts of it that no screen shows."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What came back, or `failure` where nothing did.

    `text` is the whole body as it came; whatever of it is kept or shown goes through `masker`.
    """

    exchange: Exchange
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    masker: Masker = field(default_factory=Masker)
    failure: Retry | PauseConfiguration | None = None

    @property
    def status(self) -> int:
        """The status, 0 where none came."""
        return self.exchange.status or 0


class Caller:
    """Sends requests to one platform; keeps its connection, repeats nothing. One thread uses it."""

    def __init__(
        self,
        secrets: Iterable[str],
        *,
        rules: AddressRules | None = None,
        connect_timeout_seconds: float = 10,
        read_timeout_seconds: float = 30,
        clock: Clock | None = None,
    ) -> None:
        self._secrets = tuple(filter(None, secrets))
        self._session = GuardedSession(rules)
        self._seconds = Seconds(connect_timeout_seconds, read_timeout_seconds)
        self.clock = clock or SystemClock()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._session.close()

    def call(self, request: Request) -> Reply:
        """Send it once."""
        masker = Masker((*self._secrets, *request.hidden))
        started = time.monotonic()
        try:
            came = self._session.fetch(
                request.method,
                request.url,
                request.body or None,
                {"User-Agent": USER_AGENT, "Accept": "application/json", **_sendable(request.headers)},
                _NoNetrc(),
                self._seconds,
            )
        except AddressRefused as error:
            return self._failed(request, masker, started, PauseConfiguration(str(error)))
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader) as error:
            return self._failed(request, masker, started, PauseConfiguration(_words(error, masker)))
        except requests.RequestException as error:
            return self._failed(request, masker, started, Retry(_words(error, masker)))
        text = came.content.decode("utf-8", "replace")
        done = _exchange(request, masker, started, came.status, masker.text(text)[:EXCERPT_CHARACTERS])
        skew = clock_skew(came.headers.get("Date"), self.clock.now(), done.seconds)
        done = replace(done, clock_skew_seconds=skew)
        _log.info("%s %s answered %d in %.2f s", done.method, done.url, came.status, done.seconds)
        if len(came.content) > LARGEST_ANSWER_BYTES:
            return Reply(done, came.headers, "", masker, Retry("the answer is larger than 4 MB"))
        return Reply(done, came.headers, text, masker)

    def _failed(self, request: Request, masker: Masker, started: float, failure: Retry | PauseConfiguration) -> Reply:
        exchange = _exchange(request, masker, started, None, failure.reason)
        _log.warning("%s %s failed: %s", exchange.method, exchange.url, failure.reason)
        return Reply(exchange, failure=failure)


def answer_of_status(reply: Reply, now: datetime, reason: str = "") -> Answer:
    """What the status of an answer alone means for delivery; its text is the reason, where none is given."""
    if reply.failure is not None:
        return reply.failure
    status, words = reply.status, reason or f"{reply.status}: {reply.exchange.excerpt[:200]}".strip(" :")
    if 200 <= status < 300:
        return Delivered()
    if status in (408, 425, 429) or status >= 500:
        return Retry(words, retry_after(reply.headers.get("Retry-After"), now))
    if status == 413:
        return TooLarge(words, capabilities(reply.headers).limits)
    if status in (400, 409, 422):
        return DataRefused(words)
    if status in (401, 403, 407):
        return PauseCredentials(words)
    return Disabled(words) if status == 410 else PauseConfiguration(words)


class _NoNetrc(AuthBase):
    """Keeps the credentials of a ~/.netrc out."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _exchange(request: Request, masker: Masker, started: float, status: int | None, excerpt: str) -> Exchange:
    return Exchange(
        request.method,
        masker.text(request.url),
        len(request.body),
        status,
        time.monotonic() - started,
        excerpt,
        request=masker.text(shown_request(request))[:EXCERPT_CHARACTERS],
    )


def shown_request(request: Request) -> str:
    """Headers and body as a person reads them; to be masked."""
    headers = "".join(f"{name}: {value}\n" for name, value in request.headers.items())
    return f"{headers}\n{request.body.decode('utf-8', 'replace')}"


def _sendable(headers: Mapping[str, str]) -> dict[str, str | bytes]:
    """Headers as they go out: other than ASCII as UTF-8, which Chinese platforms read."""
    return {name: value if value.isascii() else value.encode() for name, value in headers.items()}


def _words(error: requests.RequestException, masker: Masker) -> str:
    return masker.text(f"{type(error).__name__}: {error}")
