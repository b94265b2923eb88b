"""Asking a city's platform: a log-in where it is due, a signature by the present secrets or the next, one answer."""

from __future__ import annotations

import secrets as random
import string
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from mes.core.clock import Clock
from mes.traceability.platforms.addresses import AddressRules
from mes.traceability.platforms.answers import (
    Answer,
    CaptureLimits,
    Delivered,
    Exchange,
    PauseCredentials,
    Retry,
    Submission,
    TooLarge,
)
from mes.traceability.platforms.fields import is_empty, look_up
from mes.traceability.platforms.fields.dates import write_moment
from mes.traceability.platforms.fields.values import plain_text
from mes.traceability.platforms.http import Caller, Reply, answer_of_status
from mes.traceability.platforms.signed_json.assembly import Assembled, Attempt, Keys, asks, uploads
from mes.traceability.platforms.signed_json.declaration import City
from mes.traceability.platforms.signed_json.judging import Judge, read_json
from mes.traceability.platforms.signed_json.request_rules import NonceRule, Query, TokenRule
from mes.traceability.platforms.signed_json.settings import CitySettings
from mes.traceability.platforms.telling import Entry

Outcome = tuple[Reply, Submission | None]
_ALPHABETS = {"hex": "0123456789abcdef", "digits": string.digits, "letters": string.ascii_letters + string.digits}


class Door:
    """Sends signed requests to one city's platform; keeps connection and token. Not shared between threads."""

    def __init__(
        self, url: str, settings: CitySettings, keys: Sequence[Keys], rules: AddressRules | None, clock: Clock | None
    ) -> None:
        """`keys`: the present ones, and after them the next, while they are changed."""
        self._url, self._settings, self._keys = url.rstrip("/"), settings, list(keys)
        self._city: City = settings.declared
        secrets = [secret for each in keys for secret in each.secrets.values()]
        self._caller = Caller(secrets, rules=rules, read_timeout_seconds=settings.timeout_seconds, clock=clock)
        self._judge = Judge(self._city.answer)
        self._token, self._token_until = "", self.now()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._caller.close()

    def now(self) -> datetime:
        """The clock's time."""
        return self._caller.clock.now()

    def unsent(self, words: str) -> Exchange:
        """An exchange that did not happen, and why."""
        return Exchange("", self._url, 0, None, 0.0, words)

    def upload(self, entries: Sequence[Entry]) -> Outcome:
        """Send these records together. The submission, where there is one, says what kept them from being sent."""

        def made(keys: Keys, attempt: Attempt) -> Assembled:
            return uploads(self._city, self._settings.values, self._url, keys, entries, attempt)

        return self._signed(made, self._city.request.body.most_bytes)

    def ask(self, query: Query, places: Mapping[str, str]) -> Outcome:
        """Ask something; the submission as in `upload`."""

        def made(keys: Keys, attempt: Attempt) -> Assembled:
            return asks(self._city, self._settings.values, self._url, keys, query, attempt, places)

        return self._signed(made, None)

    def _signed(self, made: Callable[[Keys, Attempt], Assembled], most_bytes: int | None) -> Outcome:
        """One request and its answer; once more after a token that ran out, and with the next keys."""
        renewed, refused = False, 0
        while True:
            trouble = self._log_in_if_due()
            if trouble is not None:
                return Reply(trouble.exchange), trouble
            request = made(self._keys[0], self._attempt()).request
            if most_bytes is not None and len(request.body) > most_bytes:
                answer = TooLarge(f"more than {most_bytes} bytes", CaptureLimits(file_size_bytes=most_bytes))
                return Reply(self.unsent("")), Submission(answer, self.unsent(answer.reason))
            reply = self._caller.call(request)
            outcome = self._judge.outcome(reply)
            if self._wants_new_token(reply, outcome) and not renewed:
                renewed, self._token = True, ""
            elif self._refuses_keys(reply, outcome) and refused + 1 < len(self._keys):
                refused += 1
                self._next_keys()
            else:
                return reply, None

    def _wants_new_token(self, reply: Reply, outcome: str | None) -> bool:
        """Said by a declared code, or by the status alone where there is a log-in."""
        return outcome == "token" or (outcome is None and reply.status == 401 and self._city.token is not None)

    def _refuses_keys(self, reply: Reply, outcome: str | None) -> bool:
        return outcome == "credentials" or (outcome is None and reply.status in (401, 403))

    def _next_keys(self) -> None:
        self._keys.append(self._keys.pop(0))
        self._token = ""

    def _log_in_if_due(self) -> Submission | None:
        if self._token and self.now() < self._token_until:
            return None
        return self.log_in()

    def log_in(self) -> Submission | None:
        """Get a token, where the platform gives one; what came of it, where it does not."""
        rule = self._city.token
        if rule is None:
            return None
        for left in range(len(self._keys), 0, -1):
            assembled = asks(self._city, self._settings.values, self._url, self._keys[0], rule, self._attempt(), {})
            reply = self._caller.call(assembled.request)
            body = read_json(reply.text)
            if reply.failure is None and rule.success.holds(body) and not is_empty(look_up(body, rule.token)):
                self._keep_token(rule, body)
                return None
            answer = self._no_token(reply, body, rule.message)
            if not isinstance(answer, PauseCredentials) or left == 1:
                return Submission(answer, reply.exchange)
            self._next_keys()
        return None

    def _keep_token(self, rule: TokenRule, body: Any) -> None:
        """Until a little before it runs out."""
        self._token = plain_text(look_up(body, rule.token))
        told = plain_text(look_up(body, rule.seconds)) if rule.seconds else ""
        seconds = int(told) if told.isdecimal() else rule.lifetime_seconds
        self._token_until = self.now() + timedelta(seconds=seconds - min(60.0, seconds / 10))

    def _no_token(self, reply: Reply, body: Any, message: Sequence[str]) -> Answer:
        reason = self._judge.reason(reply, body, message or self._city.answer.message)
        by_status = answer_of_status(reply, self.now(), reason)
        if not isinstance(by_status, Delivered):
            return by_status
        if body is None:
            return Retry(f"the answer to the log-in cannot be read: {reason}")
        retry = self._city.answer.retry
        return Retry(reason) if retry and retry.holds(body) else PauseCredentials(f"the log-in was refused: {reason}")

    def _attempt(self) -> Attempt:
        rule, now = self._city.request, self.now()
        timestamp = str(write_moment(now, rule.timestamp.form, ZoneInfo(self._city.zone)))
        return Attempt(timestamp, new_nonce(rule.nonce, now), self._token)


def new_nonce(rule: NonceRule, now: datetime) -> str:
    """A one-time value; as a time stamp, in seconds."""
    if rule.form == "uuid":
        return str(uuid4())
    if rule.form == "timestamp":
        return str(int(now.timestamp()))
    return "".join(random.choice(_ALPHABETS[rule.form]) for _ in range(rule.length))
