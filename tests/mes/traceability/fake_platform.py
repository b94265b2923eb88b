"""A platform in the test's own process, with every fault there is, in the time of the test's clock.

It judges what it gets: the same bytes for the same id on every attempt, each identifier's events in their order, no
request while the circuit is open, one event for a probe.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from random import Random
from typing import Any

from mes.core.clock import SetClock
from mes.traceability.platforms import (
    Accepted,
    Answer,
    CaptureJob,
    CaptureLimits,
    DataRefused,
    Delivered,
    Discovery,
    Exchange,
    Lookup,
    PauseCredentials,
    RefusedEvent,
    Rendition,
    Retry,
    Submission,
    TooLarge,
)
from mes.traceability.platforms.answers import Capabilities

FAULTS = ("lost", "lost", "twice", "429", "burst", "credentials", "job_fails", "too_large")


@dataclass
class Job:
    """Accepted, and not stored before `done_at`."""

    renditions: Sequence[Rendition]
    done_at: datetime
    fails: bool = False
    answer: Answer | None = None


@dataclass
class FakePlatform:
    """The platform and its kind at once. `look` reads how the connector stands, as a bystander would."""

    clock: SetClock
    chance: Random
    look: Callable[[], Any]
    die: Callable[[], None]
    refuses: frozenset[int] = frozenset()  # events that it never takes
    crashes_on: frozenset[int] = frozenset()  # events that it answers with 500
    trouble: float = 0.3
    proceeds: bool = False  # stores the rest of a document of which it refuses some
    release: int = 1
    name: str = "fake"
    stored: list[int] = field(default_factory=list)
    bytes_of: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    ill_until: datetime | None = None
    wrong: list[str] = field(default_factory=list)
    sends: int = 0

    # The kind.

    def read_settings(self, given: Mapping[str, Any]) -> Any:
        return dict(given)

    def check_address(self, url: str) -> None:
        pass

    def most_together(self, settings: Any) -> int:
        return 12

    def kinds_told(self, settings: Any) -> frozenset[str]:
        return frozenset({"element.moved"})

    def connect(self, url: str, settings: Any) -> FakePlatform:
        return self

    def render(self, content: Mapping[str, Any], settings: Any, original: Rendition | None = None) -> Rendition | None:
        """Another form in each release; what was rendered before must go out as it was."""
        if "number" not in content["data"]:
            return None
        data = content["data"]
        body = json.dumps({"number": data["number"], "release": self.release}).encode()
        return Rendition((f"id-{data['number']}",), body, tuple(data["strict"]), tuple(data["loose"]))

    @property
    def behaviours(self) -> frozenset[str]:
        return frozenset({"proceed"}) if self.proceeds else frozenset({"rollback"})

    # The platform.

    def discover(self) -> Discovery:
        answer = self._asked()
        return Discovery(answer or Delivered(), _exchange("OPTIONS"), Capabilities(CaptureLimits(9), self.behaviours))

    def send(self, renditions: Sequence[Rendition]) -> Submission:
        self.sends += 1
        ill = self._asked()
        if self.look().breaker == "half_open" and len(renditions) != 1:
            self.wrong.append(f"a probe of {len(renditions)} events")
        for rendition in renditions:
            for event_id in rendition.ids:
                if self.bytes_of.setdefault(event_id, rendition.body) != rendition.body:
                    self.wrong.append(f"{event_id} has other bytes than before")
        self.die()
        answer = ill or self._taken(renditions)
        self.die()
        return Submission(answer, _exchange("POST"))

    def _taken(self, renditions: Sequence[Rendition]) -> Answer:
        numbers = [_number(rendition) for rendition in renditions]
        if self.crashes_on & set(numbers):
            return Retry("500: it always fails on this")
        fault = self.chance.choice(FAULTS) if self.chance.random() < self.trouble else ""
        if fault == "429":
            return Retry("429", self.chance.uniform(0, 100))
        if fault == "burst":
            self.ill_until = self.clock.now() + timedelta(seconds=self.chance.choice((3, 100, 2000)))
            return Retry("503")
        if fault == "credentials":
            return PauseCredentials("401")
        if fault == "too_large" and len(numbers) > 3:
            return TooLarge("413", CaptureLimits())
        if self.chance.random() < 0.4:
            stored = self._stored(renditions, proceed=self.proceeds)
            return Retry("no answer came") if fault == "lost" else stored
        job = self._job(renditions, fails=fault == "job_fails")
        if fault == "twice":
            self._job(renditions)
        if fault == "lost":
            return Retry("no answer came")
        return Accepted(CaptureJob(job)) if self.chance.random() < 0.9 else Accepted(None)

    def poll(self, job: CaptureJob) -> Submission:
        ill = self._asked()
        known = self.jobs.get(job.url)
        self.die()
        if ill or known is None:
            return Submission(ill or Retry("404"), _exchange("GET"))
        answer = known.answer or Accepted(job)
        return Submission(answer, _exchange("GET"))

    def find(self, event_id: str) -> Lookup:
        ill = self._asked()
        found = int(event_id.removeprefix("id-")) in self.stored
        return Lookup(ill or Delivered(), _exchange("GET"), None if ill else found)

    def find_day(self, day: str, zone: tzinfo) -> frozenset[str] | None:
        return None

    def close(self) -> None:
        pass

    # How it works inside.

    def _asked(self) -> Answer | None:
        """A request has come: what is done by now, and whether there may be one at all."""
        row = self.look()
        if row.state != "running" or row.breaker == "open" or (row.retry_at and row.retry_at > self.clock.now()):
            self.wrong.append(f"asked while {row.state}, {row.breaker}, not before {row.retry_at}")
        for job in sorted(self.jobs.values(), key=lambda job: job.done_at):
            if job.answer is None and job.done_at <= self.clock.now():
                job.answer = (
                    DataRefused("the job failed") if job.fails else self._stored(job.renditions, proceed=self.proceeds)
                )
        ill = self.ill_until is not None and self.clock.now() < self.ill_until
        return Retry("503: ill") if ill else None

    def _job(self, renditions: Sequence[Rendition], *, fails: bool = False) -> str:
        done_at = self.clock.now() + timedelta(seconds=self.chance.choice((0, 0, 1, 4)))
        url = f"job-{len(self.jobs)}"
        self.jobs[url] = Job(list(renditions), done_at, fails)
        return url

    def _stored(self, renditions: Sequence[Rendition], *, proceed: bool) -> Answer:
        """Take events in: all or none, or with `proceed` those that are in order."""
        bad = [place for place, each in enumerate(renditions) if _number(each) in self.refuses]
        if not bad or proceed:
            for rendition in renditions:
                if _number(rendition) not in self.refuses and _number(rendition) not in self.stored:
                    self.stored.append(_number(rendition))
        if not bad:
            return Delivered()
        named = self.chance.random() < 0.5
        refused = tuple(RefusedEvent("poison", place) for place in bad) if named else ()
        return DataRefused("poison in it", refused, nothing_stored=not proceed)


def _number(rendition: Rendition) -> int:
    return int(json.loads(rendition.body)["number"])


def _exchange(method: str) -> Exchange:
    return Exchange(method, "fake://platform", 0, None, 0.0, "")
