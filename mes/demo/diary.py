"""The demo's past as a diary: what happens when. Entries are played in the order of their time, on a clock that is
set to each, through the same use cases as real use; many of them share one transaction."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.models import Plant
from mes.core.actor import Actor
from mes.core.clock import SetClock
from mes.core.commands import Answer, Command, UseCase, Work
from mes.core.database import Database
from mes.library.models import ComponentType
from mes.orders.models import Building, Element, Floor, Project
from mes.planning.models import Line, Pallet, Station

Action = Callable[[], None]
C = TypeVar("C", bound=Command)
A = TypeVar("A", bound=Answer)
ENTRIES_A_TRANSACTION = 150
AT_HAND = (Plant, Project, Building, Floor, ComponentType, Line, Station, Pallet, Element)
"""Rows that nearly every use case looks at: held, so that each is read once and not for every entry."""

SEED = 20261121


class Diary:
    """Entries to come, the clock, and the people who act."""

    def __init__(self, database: Database, clock: SetClock, end: datetime) -> None:
        self.database, self.clock, self.end = database, clock, end
        self.actors: dict[str, Actor] = {}
        self.chance = random.Random(SEED)  # noqa: S311 - a story, no secret
        self._entries: list[tuple[datetime, int, Action]] = []
        self._order = count()
        self._session: Session | None = None
        self._at_hand: list[object] = []
        self._played = 0

    @property
    def now(self) -> datetime:
        """The diary's present."""
        return self.clock.now()

    def at(self, moment: datetime, action: Action) -> None:
        """Enter something for later; never before the diary's present. What lies beyond the end never happens."""
        heapq.heappush(self._entries, (max(moment, self.clock.now()), next(self._order), action))

    def after(self, minutes: float, action: Action) -> None:
        """Enter something for so many minutes from now."""
        self.at(self.now + timedelta(minutes=minutes), action)

    def play(self) -> None:
        """Play every entry up to the end."""
        while self._entries and self._entries[0][0] <= self.end:
            moment, _, action = heapq.heappop(self._entries)
            self.clock.at = moment
            action()
            self._played += 1
            if self._played % ENTRIES_A_TRANSACTION == 0:
                self.commit()
        self.commit()

    def work(self, who: str) -> Work:
        """The open transaction for somebody (a sign-in name)."""
        return Work(self.session, self.actors[who], self.clock)

    def do(self, who: str, use: UseCase[C, A], command: C) -> A:
        """Somebody performs a use case."""
        return use(self.work(who), command)

    @property
    def session(self) -> Session:
        """The open transaction."""
        if self._session is None:
            self._session = self.database.session()
            self._at_hand = [row for table in AT_HAND for row in self._session.scalars(select(table))]
            self._session.commit()
        if not self._session.in_transaction():
            self._session.connection(execution_options={"mes_write": True})
        return self._session

    def commit(self) -> None:
        """Keep what was done so far."""
        if self._session is not None:
            self._session.commit()

    def turn_page(self) -> None:
        """Keep what was done so far, and read everything afresh from now on: others are about to write."""
        self.commit()
        self.close()

    def close(self) -> None:
        """End the transaction; what was not committed is dropped."""
        if self._session is not None:
            self._session.close()
            self._session, self._at_hand = None, []

    def choose(self, choices: Mapping[str, float]) -> str:
        """One of the choices, by their weights."""
        return self.chance.choices(list(choices), weights=list(choices.values()))[0]
