"""A platform in the test's own process that does what the test says, and a ledger of plain events to deliver."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.ids import new_id
from mes.ledger.models import LedgerEvent
from mes.traceability.delivery import Deliverer, Outcome
from mes.traceability.models import Connector, Receipt
from mes.traceability.platforms import (
    Accepted,
    Answer,
    CaptureJob,
    CaptureLimits,
    Delivered,
    Discovery,
    Exchange,
    Lookup,
    Rendition,
    Submission,
)
from mes.traceability.platforms.answers import Capabilities

Numbers = list[int]


@dataclass
class Scripted:
    """The platform and its kind at once; each request is written down in `asked`, by its purpose and events."""

    on_send: Callable[[Numbers], Answer] = lambda numbers: Delivered()
    on_poll: Callable[[str], Answer] = lambda url: Delivered()
    on_find: Callable[[str], bool | None] = lambda event_id: None
    on_render: Callable[[Mapping[str, Any]], None] = lambda content: None
    limits: CaptureLimits = field(default_factory=CaptureLimits)
    poll_status: int = 200
    skew_seconds: float | None = None
    together: int = 10
    asked: list[tuple[str, Any]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    bytes_sent: list[bytes] = field(default_factory=list)
    name: str = "scripted"

    # The kind.

    def read_settings(self, given: Mapping[str, Any]) -> Any:
        return dict(given)

    def check_address(self, url: str) -> None:
        pass

    def most_together(self, settings: Any) -> int:
        return self.together

    def connect(self, url: str, settings: Any) -> Scripted:
        self.opened.append(url)
        return self

    def kinds_told(self, settings: Any) -> frozenset[str]:
        return frozenset({"element.moved"})

    def render(self, content: Mapping[str, Any], settings: Any, original: Rendition | None = None) -> Rendition | None:
        self.on_render(content)
        if content["kind"] != "element.moved":
            return None
        data = content["data"]
        body = json.dumps({"number": data["number"], "as": settings.get("as", "")}).encode()
        return Rendition((f"id-{data['number']}",), body, tuple(data["about"]))

    # The platform.

    def discover(self) -> Discovery:
        self.asked.append(("discover", None))
        return Discovery(Delivered(), self._exchange("OPTIONS"), Capabilities(self.limits))

    def send(self, renditions: Sequence[Rendition]) -> Submission:
        numbers = [int(json.loads(each.body)["number"]) for each in renditions]
        self.asked.append(("send", numbers))
        self.bytes_sent += [each.body for each in renditions]
        return Submission(self.on_send(numbers), self._exchange("POST"))

    def poll(self, job: CaptureJob) -> Submission:
        self.asked.append(("poll", job.url))
        return Submission(self.on_poll(job.url), self._exchange("GET", self.poll_status))

    def find(self, event_id: str) -> Lookup:
        self.asked.append(("find", event_id))
        return Lookup(Delivered(), self._exchange("GET"), self.on_find(event_id))

    def find_day(self, day: str, zone: tzinfo) -> frozenset[str] | None:
        return None

    def close(self) -> None:
        pass

    def sends(self) -> list[Numbers]:
        """The events of each document that came."""
        return [what for purpose, what in self.asked if purpose == "send"]

    def _exchange(self, method: str, status: int = 200) -> Exchange:
        return Exchange(method, "scripted://platform", 0, status, 0.0, "", clock_skew_seconds=self.skew_seconds)


def taken_in(job: str = "job-1") -> Accepted:
    """An answer that names a job."""
    return Accepted(CaptureJob(job))


@dataclass
class Stage:
    """A ledger, a connector to a scripted platform, and its deliverers."""

    database: Database
    clock: SetClock
    platform: Scripted
    connector_id: UUID

    def deliverer(self, owner: str = "worker-1") -> Deliverer:
        """A worker's deliverer."""
        return Deliverer(self.database, self.clock, self.connector_id, kinds=lambda _: self.platform, owner=owner)

    def receipts(self) -> dict[int, Receipt]:
        """Each event's receipt by its number."""
        with self.database.reading() as session:
            rows = session.scalars(select(Receipt).where(Receipt.body.is_not(None))).all()
        return {int(row.event_ids[0].removeprefix("id-")): row for row in rows}

    def states(self) -> dict[int, str]:
        """Each event's state by its number."""
        return {number: row.state for number, row in self.receipts().items()}

    def connector(self) -> Connector:
        """The connector's row as it is now."""
        with self.database.reading() as session:
            return session.get_one(Connector, self.connector_id)

    def wait(self, outcome: Outcome) -> None:
        """Let time pass until something is due again, at least as long as a round says."""
        row, now = self.connector(), self.clock.now()
        waiting = [each.next_attempt_at for each in self.receipts().values() if each.state in ("waiting", "accepted")]
        moments = [moment for moment in (row.retry_at, *waiting) if moment is not None and moment > now]
        self.clock.advance(seconds=outcome.wait_seconds)
        if outcome.wait_seconds >= 1 and moments:
            self.clock.at = max(self.clock.at, min(moments))

    def run(self, deliverer: Deliverer | None = None, rounds: int = 40) -> None:
        """So many rounds; where one says wait, the clock moves on."""
        worker = deliverer or self.deliverer()
        for _ in range(rounds):
            wait = worker.deliver_once().wait_seconds
            self.clock.advance(seconds=wait)


KIND = Scripted()
"""For use cases, which look a kind up by its name."""


def stage(database: Database, clock: SetClock, platform: Scripted, about: Sequence[Sequence[str]]) -> Stage:
    """A ledger of one event for each entry of `about`, which names what the event is about; numbers begin with 1."""
    identity = new_id()
    with database.writing() as session:
        rows = [_event(number, kind_of_things, clock) for number, kind_of_things in enumerate(about, 1)]
        if rows:
            session.execute(insert(LedgerEvent), rows)
        named = {"id": identity, "name": "city", "kind": "scripted", "url": "scripted://platform", "settings": {}}
        session.add(Connector(**named, state="running", created_at=clock.now()))
    return Stage(database, clock, platform, identity)


def _event(number: int, about: Sequence[str], clock: SetClock) -> dict[str, Any]:
    content = {"kind": "element.moved", "data": {"number": number, "about": list(about)}, "previous": {}}
    return {
        "id": new_id(),
        "kind": "element.moved",
        "event_time": clock.now(),
        "recorded_time": clock.now(),
        "content": content,
        "hash": f"{number:064d}",
    }
