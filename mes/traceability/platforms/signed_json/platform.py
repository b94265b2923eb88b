"""A city's platform: each call is one question to it, never repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from itertools import groupby
from typing import Any

from mes.core.clock import Clock
from mes.traceability.platforms.addresses import AddressRules
from mes.traceability.platforms.answers import (
    Accepted,
    Answer,
    CaptureJob,
    DataRefused,
    Delivered,
    Discovery,
    Lookup,
    PauseConfiguration,
    PauseCredentials,
    Retry,
    Submission,
)
from mes.traceability.platforms.fields import look_up
from mes.traceability.platforms.fields.values import plain_text
from mes.traceability.platforms.http import Reply, answer_of_status
from mes.traceability.platforms.protocol import Rendition
from mes.traceability.platforms.signed_json.assembly import Keys
from mes.traceability.platforms.signed_json.door import Door
from mes.traceability.platforms.signed_json.judging import Judge, job_text, read_json
from mes.traceability.platforms.signed_json.request_rules import DayQuery
from mes.traceability.platforms.signed_json.settings import CitySettings
from mes.traceability.platforms.telling import Entry, entries_of

LONGEST_JOB = 400  # characters that a receipt keeps
MOST_PAGES = 2000


class SignedJsonPlatform:
    """One city's platform. Not shared between threads."""

    def __init__(
        self,
        url: str,
        settings: CitySettings,
        keys: Sequence[Keys],
        rules: AddressRules | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`keys`: the present ones, and after them the next, while they are changed."""
        self._settings, self._city = settings, settings.declared
        self._door, self._judge = Door(url, settings, keys, rules, clock), Judge(self._city.answer)

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._door.close()

    def discover(self) -> Discovery:
        """Nothing is told of limits; where there is a log-in, whether it works."""
        trouble = self._door.log_in()
        if trouble is not None:
            return Discovery(trouble.answer, trouble.exchange)
        return Discovery(Delivered(), self._door.unsent("nothing was asked"))

    def send(self, renditions: Sequence[Rendition]) -> Submission:
        """Send the records in their order, one request for those that go together.

        The first request that is not delivered ends it. What went before it is sent again with the rest, under the
        same ids, which the platform drops.
        """
        entries = [entry for rendition in renditions for entry in entries_of(rendition)]
        unfit = self._unfit(entries)
        if unfit:
            return Submission(PauseConfiguration(unfit), self._door.unsent(unfit))
        jobs: list[str] = []
        duplicate, sent = True, 0
        submission = Submission(Delivered(), self._door.unsent("nothing to send"))
        for together in self._batches(entries):
            submission = self._upload(together)
            answer = submission.answer
            if isinstance(answer, Accepted):
                jobs.append(_job_of(answer))
            elif not isinstance(answer, Delivered):
                return Submission(_after_others(answer, sent), submission.exchange)
            else:
                duplicate = duplicate and answer.duplicate
            sent += 1
        if jobs:
            return Submission(Accepted(_jobs(jobs)), submission.exchange)
        return Submission(Delivered(duplicate=duplicate and sent > 0), submission.exchange)

    def poll(self, job: CaptureJob) -> Submission:
        """Ask what became of requests that were taken in; the first that is not done says what is next."""
        rule = self._city.result
        if rule is None:
            return Submission(PauseConfiguration("the city's file has no `result` any more"), self._door.unsent(""))
        named = read_json(job.url)
        if not isinstance(named, list) or not named:
            return Submission(Retry("the number of the request cannot be read"), self._door.unsent(job.url))
        submission = Submission(Delivered(), self._door.unsent(""))
        for number in named:
            reply, trouble = self._door.ask(rule, {"job": str(number)})
            if trouble is not None:
                return trouble
            answer = self._judge.result(rule, reply, job, self._door.now())
            submission = Submission(_after_others(answer, len(named) - 1), reply.exchange)
            if not isinstance(answer, Delivered):
                break
        return submission

    def find(self, event_id: str) -> Lookup:
        """Whether the platform has a record with this business id."""
        rule = self._city.existence
        if rule is None:
            return Lookup(Delivered(), self._door.unsent("the platform does not tell"), None)
        reply, trouble = self._door.ask(rule, {"business_id": event_id})
        if trouble is not None:
            return Lookup(trouble.answer, trouble.exchange)
        body = read_json(reply.text)
        if rule.found.holds(body):
            return Lookup(Delivered(), reply.exchange, True)
        if rule.missing.holds(body):
            return Lookup(Delivered(), reply.exchange, False)
        return Lookup(self._not_told(reply, body), reply.exchange)

    def find_day(self, day: str, zone: tzinfo) -> frozenset[str] | None:
        """The business ids that the platform has of a day; None where it does not tell, or not to the end."""
        rule = self._city.day
        if rule is None:
            return None
        found: set[str] = set()
        for page in range(rule.first_page, rule.first_page + MOST_PAGES):
            reply, trouble = self._door.ask(rule, {"day": day, "page": str(page)})
            body = read_json(reply.text)
            entries = look_up(body, rule.ids)
            if trouble is not None or not isinstance(entries, list):
                return None
            found |= {plain_text(look_up(entry, rule.id) if rule.id else entry) for entry in entries}
            if _is_last(rule, body, page):
                return frozenset(found)
        return None

    def _unfit(self, entries: Sequence[Entry]) -> str:
        """Why nothing can be sent by the file as it is; empty: it can."""
        if self._city.draft and not self._settings.use_draft:
            return "the city's file is a draft from published rules; a person must say that it was agreed (use_draft)"
        gone = sorted({entry.endpoint for entry in entries} - set(self._city.endpoints))
        return f"the city's file has no endpoint {gone[0]!r} any more" if gone else ""

    def _batches(self, entries: Sequence[Entry]) -> list[list[Entry]]:
        """Neighbours that go to the same endpoint, as many together as the platform takes."""
        most = min(self._city.request.body.most, self._settings.batch_records)
        batches = []
        for _, neighbours in groupby(entries, key=lambda entry: entry.endpoint):
            same = list(neighbours)
            batches += [same[start : start + most] for start in range(0, len(same), most)]
        return batches

    def _upload(self, entries: Sequence[Entry]) -> Submission:
        reply, trouble = self._door.upload(entries)
        ids = [entry.id for entry in entries]
        return trouble or Submission(self._judge.upload(reply, ids, self._door.now()), reply.exchange)

    def _not_told(self, reply: Reply, body: Any) -> Answer:
        """An answer to `find` that says neither."""
        reason = self._judge.reason(reply, body, self._city.answer.message)
        outcome = self._judge.outcome(reply)
        if outcome in ("credentials", "token"):
            return PauseCredentials(reason)
        return Retry(reason) if outcome == "retry" else answer_of_status(reply, self._door.now(), reason)


def _is_last(rule: DayQuery, body: Any, page: int) -> bool:
    if rule.last_page is not None:
        last = plain_text(look_up(body, rule.last_page))
        return not last.isdecimal() or page >= int(last)
    return rule.more is None or not rule.more.holds(body)


def _job_of(answer: Accepted) -> str:
    numbers = read_json(answer.job.url) if answer.job is not None else []
    return str(numbers[0]) if numbers else ""


def _jobs(jobs: Sequence[str]) -> CaptureJob | None:
    """The numbers to ask by; none where one is missing, or they are more than a receipt keeps."""
    text = job_text(jobs)
    return CaptureJob(text) if all(jobs) and len(text) <= LONGEST_JOB else None


def _after_others(answer: Answer, others: int) -> Answer:
    """A refusal beside requests that were stored: not everything was refused, and places count in one request only."""
    if isinstance(answer, DataRefused) and others:
        refused = tuple(replace(event, index=None) for event in answer.refused)
        return DataRefused(answer.reason, refused, nothing_stored=False)
    return answer
