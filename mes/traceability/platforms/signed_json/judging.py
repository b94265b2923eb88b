"""What a platform's answer means for delivery: by the body first, where the file knows its code, else by the status."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mes.traceability.capture_client.reading import retry_after
from mes.traceability.platforms.answers import (
    Accepted,
    Answer,
    CaptureJob,
    DataRefused,
    Delivered,
    PauseConfiguration,
    PauseCredentials,
    RefusedEvent,
    Retry,
)
from mes.traceability.platforms.fields import is_empty, look_up
from mes.traceability.platforms.fields.values import plain_text
from mes.traceability.platforms.http import Reply, answer_of_status
from mes.traceability.platforms.signed_json.answer_rules import AnswerRule, OutcomeName, Results
from mes.traceability.platforms.signed_json.request_rules import ResultQuery

LONGEST_REASON = 500
LONGEST_WAIT_SECONDS = 24 * 3600.0


class Judge:
    """Reads answers by one city's rule; what it says of them is masked."""

    def __init__(self, rule: AnswerRule) -> None:
        self._rule = rule

    def outcome(self, reply: Reply) -> OutcomeName | None:
        """The meaning that the file gives the answer's body."""
        return None if reply.failure is not None else self._rule.outcome(read_json(reply.text))

    def upload(self, reply: Reply, ids: Sequence[str], now: datetime) -> Answer:
        """What became of the records with these business ids."""
        if reply.failure is not None:
            return reply.failure
        body = read_json(reply.text)
        outcome = self._rule.outcome(body)
        reason = self.reason(reply, body, self._rule.message)
        if outcome is None or (outcome == "success" and reply.status >= 300):
            return self._unknown(reply, body, reason, now)
        if outcome in ("success", "refused", "duplicate"):
            return self._of_records(outcome, reply, body, ids, reason)
        if outcome == "accepted":
            job = look_up(body, self._rule.job) if self._rule.job else None
            return Accepted(None if is_empty(job) else CaptureJob(job_text([plain_text(job)])))
        if outcome == "retry":
            return Retry(reason, self._wait(reply, body, now))
        if outcome == "configuration":
            return PauseConfiguration(reason)
        return PauseCredentials(reason)  # credentials, and a token that is refused though it is new

    def result(self, rule: ResultQuery, reply: Reply, job: CaptureJob, now: datetime) -> Answer:
        """What became of a request that was taken in."""
        if reply.failure is not None:
            return reply.failure
        body = read_json(reply.text)
        reason = self.reason(reply, body, rule.message or self._rule.message)
        if rule.running.holds(body):
            return Accepted(job)
        refused = self._refusals(rule.results, reply, body, ())
        if rule.success.holds(body):
            return DataRefused(refused[0].reason, refused, nothing_stored=False) if refused else Delivered()
        if rule.refused is not None and rule.refused.holds(body):
            return DataRefused(refused[0].reason if refused else reason, refused, self._rule.nothing_stored)
        outcome = self._rule.outcome(body)
        if outcome in ("credentials", "token"):
            return PauseCredentials(reason)
        if outcome == "retry":
            return Retry(reason, self._wait(reply, body, now))
        answer = answer_of_status(reply, now, reason)
        return Retry(f"the result cannot be read: {reason}") if isinstance(answer, Delivered) else answer

    def reason(self, reply: Reply, body: Any, paths: Sequence[str]) -> str:
        """The platform's words, masked; the beginning of its answer where it has none."""
        found = [look_up(body, path) for path in paths]
        words = " - ".join(_words(value) for value in found if not is_empty(value))
        text = words or reply.text[:200] or f"status {reply.status}"
        return reply.masker.text(text)[:LONGEST_REASON]

    def _of_records(self, outcome: OutcomeName, reply: Reply, body: Any, ids: Sequence[str], reason: str) -> Answer:
        refused = self._refusals(self._rule.results, reply, body, ids)
        if refused:
            return DataRefused(refused[0].reason, refused, nothing_stored=False)
        if outcome == "refused":
            named = (RefusedEvent(reason, None, ids[0]),) if len(ids) == 1 else ()
            return DataRefused(reason, named, self._rule.nothing_stored)
        return Delivered(duplicate=outcome == "duplicate" or self._all_duplicates(body, len(ids)))

    def _refusals(self, rule: Results | None, reply: Reply, body: Any, ids: Sequence[str]) -> tuple[RefusedEvent, ...]:
        """The records that the answer's list has under another code than a good one."""
        entries = look_up(body, rule.at) if rule is not None else None
        if rule is None or not isinstance(entries, list):
            return ()
        good = {*map(plain_text, rule.success), *map(plain_text, rule.duplicate)}
        listed = [entry for entry in entries if isinstance(entry, Mapping)]
        bad = [entry for entry in listed if plain_text(look_up(entry, rule.code)) not in good]
        return tuple(_refusal(rule, reply, entry, ids) for entry in bad)

    def _all_duplicates(self, body: Any, count: int) -> bool:
        rule = self._rule.results
        entries = look_up(body, rule.at) if rule is not None else None
        if rule is None or not isinstance(entries, list) or len(entries) != count:
            return False
        codes = [plain_text(look_up(entry, rule.code)) for entry in entries]
        return bool(codes) and set(codes) <= set(map(plain_text, rule.duplicate))

    def _unknown(self, reply: Reply, body: Any, reason: str, now: datetime) -> Answer:
        """No declared code: the status, where it says that something is wrong; else as the file says."""
        by_status = answer_of_status(reply, now, reason)
        if not isinstance(by_status, Delivered):
            return by_status
        if body is None:
            return Retry(f"the answer cannot be read: {reason}")
        words = f"an answer that the city's file does not know: {reason}"
        if self._rule.otherwise == "refused":
            return DataRefused(words, (), self._rule.nothing_stored)
        return Retry(words) if self._rule.otherwise == "retry" else PauseConfiguration(words)

    def _wait(self, reply: Reply, body: Any, now: datetime) -> float | None:
        """The platform's wish in seconds: in its body, else in the header."""
        found = look_up(body, self._rule.retry_after) if self._rule.retry_after else None
        try:
            wish = retry_after(reply.headers.get("Retry-After"), now) if found is None else float(found)
        except (TypeError, ValueError):
            return None
        return None if wish is None else min(max(0.0, wish), LONGEST_WAIT_SECONDS)


def read_json(text: str) -> Any:
    """The JSON value of an answer; None where it is none."""
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None


def job_text(numbers: Sequence[str]) -> str:
    """The numbers of requests that were taken in, as one text that is kept with the receipts."""
    return json.dumps(list(numbers), ensure_ascii=False, separators=(",", ":"))


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _refusal(rule: Results, reply: Reply, entry: Mapping[str, Any], ids: Sequence[str]) -> RefusedEvent:
    words = look_up(entry, rule.message) if rule.message else None
    text = f"code {plain_text(look_up(entry, rule.code))}" if is_empty(words) else _words(words)
    reason = reply.masker.text(text)[:LONGEST_REASON]
    if rule.id is not None:
        return RefusedEvent(reason, None, plain_text(look_up(entry, rule.id)))
    told = plain_text(look_up(entry, rule.index or ""))
    place = int(told) - rule.first_index if told.isdecimal() else None
    known = place is not None and 0 <= place < len(ids)
    return RefusedEvent(reason, None, ids[place]) if place is not None and known else RefusedEvent(reason, place)
