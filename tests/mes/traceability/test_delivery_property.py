"""Delivery under random faults and random deaths of the sender, in the time of a clock that is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, insert, select

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.ids import new_id
from mes.ledger.models import LedgerEvent
from mes.traceability.delivery import Deliverer
from mes.traceability.models import Connector, Receipt
from mes.traceability.service import (
    ConnectorCommand,
    RetryMany,
    SkipReceipt,
    resume_connector,
    retry_many,
    skip_receipt,
)
from tests.conftest import NOW, actor
from tests.mes.traceability.delivery import connector_row
from tests.mes.traceability.fake_platform import FakePlatform

EVENTS = 60
THINGS = 12
CHANCE_OF_DEATH = 0.004


class Killed(BaseException):
    """The sender's process is no more."""


@dataclass(frozen=True)
class Told:
    """An event of the ledger as the platform hears of it."""

    number: int
    strict: frozenset[str]
    loose: frozenset[str]


def tell(database: Database, clock: SetClock, chance: Random) -> list[Told]:
    """Events about a few elements, some of them on pallets that go round, some about several elements at once."""
    told = []
    for number in range(1, EVENTS + 1):
        strict = {f"e{chance.randrange(THINGS)}" for _ in range(chance.choice((1, 1, 1, 2, 4)))}
        loose = {f"p{chance.randrange(3)}"} if chance.random() < 0.3 else set()
        told.append(Told(number, frozenset(strict), frozenset(loose)))
    rows = []
    for each in told:
        data = {"number": each.number, "strict": sorted(each.strict), "loose": sorted(each.loose)}
        content = {"kind": "element.moved", "data": data, "previous": {}}
        rows.append(
            {
                "id": new_id(),
                "kind": "element.moved",
                "event_time": clock.now(),
                "recorded_time": clock.now(),
                "content": content,
                "hash": f"{each.number:064d}",
            }
        )
    with database.writing() as session:
        session.execute(insert(LedgerEvent), rows)
    return told


@contextmanager
def deaths(database: Database, chance: Random, rate: float) -> Iterator[dict[str, bool]]:
    """While `mortal`, any statement and any commit may be the last of the process."""
    switch = {"mortal": False}

    def maybe(*_: Any) -> None:
        if switch["mortal"] and chance.random() < rate:
            raise Killed

    event.listen(database.engine, "before_cursor_execute", maybe)
    event.listen(database.engine, "commit", maybe)
    yield switch
    event.remove(database.engine, "before_cursor_execute", maybe)
    event.remove(database.engine, "commit", maybe)


class World:
    """A ledger, a sender that dies again and again, and a platform with faults."""

    def __init__(self, database: Database, seed: int, switch: dict[str, bool], chance: Random) -> None:
        self.database, self.switch, self.chance = database, switch, chance
        self.clock = SetClock(NOW)
        self.told = tell(database, self.clock, chance)
        self.connector_id = self._connector()
        numbers = [each.number for each in self.told]
        self.platform = FakePlatform(
            self.clock,
            chance,
            self._look,
            self._die,
            refuses=frozenset(chance.sample(numbers, 2)),
            crashes_on=frozenset(chance.sample(numbers, 1)),
            proceeds=seed % 4 == 3,
        )
        self.deliverer = self._born()
        self.lives = 1

    def _connector(self) -> UUID:
        identity = new_id()
        with self.database.writing() as session:
            named = {"id": identity, "name": "city", "kind": "fake", "url": "fake://platform", "settings": {}}
            session.add(Connector(**named, state="running", created_at=self.clock.now()))
        return identity

    def _born(self) -> Deliverer:
        return Deliverer(
            self.database, self.clock, self.connector_id, kinds=lambda _: self.platform, random=self.chance
        )

    def _die(self) -> None:
        if self.switch["mortal"] and self.chance.random() < 0.03:
            raise Killed

    def _look(self) -> Connector:
        mortal, self.switch["mortal"] = self.switch["mortal"], False
        row = connector_row(self.database, self.connector_id)
        self.switch["mortal"] = mortal
        return row

    def round(self) -> None:
        """One round of the sender, or of its successor; where nothing is to be done, time passes."""
        self.switch["mortal"] = True
        try:
            outcome = self.deliverer.deliver_once()
        except Killed:
            self.switch["mortal"] = False
            self.deliverer, self.lives = self._born(), self.lives + 1
            self.platform.release += self.chance.choice((0, 1))
            return
        self.switch["mortal"] = False
        if outcome.state == "paused":
            resume = ConnectorCommand(connector_id=self.connector_id)
            perform(self.database, actor("admin"), self.clock, resume_connector, resume)
        elif outcome.state != "worked":
            self._wait(outcome.wait_seconds)

    def _wait(self, seconds: float) -> None:
        """Until something is due: a platform that is away for a week must not cost a week of rounds."""
        row, now = self._look(), self.clock.now()
        with self.database.reading() as session:
            query = select(Receipt.next_attempt_at).where(Receipt.next_attempt_at > now)
            due = [at for at in session.scalars(query) if at]
        moments = [row.retry_at] if row.retry_at and row.retry_at > now else due
        step = min(moments, default=now) - now
        self.clock.at += max(step if seconds >= 1 else timedelta(), timedelta(seconds=seconds))

    def states(self) -> dict[int, Receipt]:
        """Each event's receipt by its number."""
        with self.database.reading() as session:
            rows = session.scalars(select(Receipt).where(Receipt.body.is_not(None)))
            return {int(row.event_ids[0].removeprefix("id-")): row for row in rows}

    def run(self) -> None:
        """Until everything that can arrive has arrived, and people have sent again what fell to a fault."""
        wanted = {each.number for each in self.told} - self.held()
        for number in range(6000):
            if wanted <= set(self.platform.stored) and {*self.settled()} >= wanted:
                return
            if number % 40 == 39:
                self.look_after()
            self.round()
        raise AssertionError(f"not delivered: {sorted(wanted - set(self.platform.stored))}")

    def look_after(self) -> None:
        """What people do: send refused events again, and skip one that brings the platform to its knees."""
        again = RetryMany(connector_id=self.connector_id)
        perform(self.database, actor("admin"), self.clock, retry_many, again)
        for number, row in self.states().items():
            if number in self.platform.crashes_on and row.state == "waiting" and row.attempts > 4:
                skip = SkipReceipt(receipt_id=row.id, reason="told by letter")
                perform(self.database, actor("admin"), self.clock, skip_receipt, skip)

    def settled(self) -> set[int]:
        """Events that the sender knows to be delivered."""
        return {number for number, row in self.states().items() if row.state == "delivered"}

    def held(self) -> set[int]:
        """Events that can never arrive: those that the platform does not take, and what their identifiers hold back."""
        stuck, held = set[str](), set[int]()
        for each in self.told:
            if each.number in self.platform.crashes_on:
                held.add(each.number)  # and skipped by a person: nothing waits for it
            elif each.number in self.platform.refuses or stuck & (each.strict | each.loose):
                held.add(each.number)
                stuck |= each.strict
        return held


@pytest.mark.parametrize("seed", range(5))
def test_whatever_fails_every_event_arrives_once_and_in_order(database: Database, seed: int) -> None:
    chance = Random(seed)
    with deaths(database, chance, CHANCE_OF_DEATH) as switch:
        world = World(database, seed, switch, chance)
        world.run()
    stored = world.platform.stored
    assert world.platform.wrong == []
    assert len(stored) == len(set(stored))
    assert not world.held() & set(stored)
    for place, number in enumerate(stored):
        mine, skipped = world.told[number - 1].strict, world.platform.crashes_on
        earlier = [each.number for each in world.told[: number - 1] if mine & each.strict]
        assert set(earlier) <= {*stored[:place], *skipped}, f"{number} came before what it follows"
    assert world.lives > 1
