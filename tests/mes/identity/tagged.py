"""Elements and tags, for tests of tags, readers and gates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

import mes.orders.things  # noqa: F401 - elements are things
from mes.core.actor import Actor
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.identity.models import Tag
from mes.identity.service import BindTag, EndTag, ReplaceTag, TagOn, bind_tag, end_tag, replace_tag
from mes.ledger.models import LedgerEvent
from mes.ledger.queries import events_of
from mes.orders.models import Element
from tests.conftest import actor
from tests.factories import create_order, elements_of

TID, OTHER_TID, THIRD_TID = "E2801160600002097AB00001", "E2801160600002097AB00002", "E2801160600002097AB00003"
NOBODYS_EPC = "E28011606000020000000000"  # as tags leave their maker


@dataclass
class Tagging:
    """Elements of two projects, and somebody who puts tags on them."""

    database: Database
    clock: SetClock
    elements: list[Element]
    foreign: Element
    by: Actor

    def subject(self, index: int = 0) -> str:
        return f"element:{self.elements[index].serial}"

    def bind(self, index: int = 0, tid: str = TID, epc: str | None = None, **further: Any) -> TagOn:
        facts = {"subject": self.subject(index), "tid": tid, "epc_hex": epc or self.elements[index].epc_hex}
        return self._perform(bind_tag, BindTag(**{**facts, **further}))

    def replace(self, index: int = 0, tid: str = OTHER_TID, reason: str = "broken", **further: Any) -> TagOn:
        facts = {"subject": self.subject(index), "tid": tid, "epc_hex": self.elements[index].epc_hex, "reason": reason}
        return self._perform(replace_tag, ReplaceTag(**{**facts, **further}))

    def end(self, index: int = 0, reason: str = "lost") -> TagOn:
        return self._perform(end_tag, EndTag(subject=self.subject(index), reason=reason))

    def tags(self, index: int = 0) -> Sequence[Tag]:
        """The tags of an element, the first it wore first."""
        with self.database.reading() as session:
            return session.scalars(
                select(Tag).where(Tag.subject == self.subject(index)).order_by(Tag.bound_at, Tag.id)
            ).all()

    def events(self, index: int = 0) -> list[LedgerEvent]:
        """What the ledger tells of an element's tags and names."""
        with self.database.reading() as session:
            found = events_of(session, self.subject(index))
            return [event for event in found if event.kind.split(".")[0] in ("tag", "alias")]

    def _perform(self, use: Any, command: Any) -> Any:
        return perform(self.database, self.by, self.clock, use, command)


def build_tagging(database: Database, clock: SetClock, count: int = 3) -> Tagging:
    """Elements of a project, one of another, in a plant that is there."""
    own = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", count)]))
    foreign = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)], project="XM-02"))
    return Tagging(database, clock, list(own), foreign[0], actor("operator"))
