"""Outcomes of commands on their way to the house: on disk before they are told, told until the house has taken them."""

from __future__ import annotations

import asyncio
import logging

from lines import Store
from mes.machines.gateway.house import HouseLink, HouseRefused

log = logging.getLogger(__name__)


class Results:
    """Keeps outcomes until the house has them. The first outcome of a command counts."""

    def __init__(self, store: Store, house: HouseLink) -> None:
        self._store, self._house = store, house

    def keep(self, command_id: str, outcome: str, message: str) -> None:
        """Put an outcome on disk: done, refused or unknown."""
        self._store.append({"outcome": outcome, "message": message}, command_id)

    async def report(self) -> None:
        """Tell the house what waits. Raises HouseAway while it cannot be told."""
        for waiting in self._store.pending() if len(self._store) else ():
            outcome, message = str(waiting.body["outcome"]), str(waiting.body["message"])
            try:
                await asyncio.to_thread(self._house.report_result, waiting.id, outcome, message)
            except HouseRefused as error:
                log.error("the house does not take the outcome %s of command %s: %s", outcome, waiting.id, error)
            self._store.acknowledge([waiting.id])
