"""Events that a later event declares to be wrong: they stay in the ledger and in every story, but prove nothing.

Whoever tells a story reads this: what is told as true comes from the events that nobody declared wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mes.core.text import N_

DECLARED_WRONG = "event.declared_wrong"
DID_NOT_OCCUR, INCORRECT_DATA = "did_not_occur", "incorrect_data"
REASON_NAMES: Mapping[str, str] = {
    DID_NOT_OCCUR: N_("it did not occur"),
    INCORRECT_DATA: N_("what it says is not right"),
}
"""The reasons of CBV 2.0, section 7.5, as people read them."""

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Declaration:
    """That an event was wrong: which, why, since when, who says so, and the ids of the events that hold instead."""

    event_id: str
    reason: str
    remark: str
    declared_at: datetime
    declared_by: str
    instead: tuple[str, ...]

    @property
    def reason_name(self) -> str:
        """The reason as a message id."""
        return REASON_NAMES.get(self.reason, self.reason)


def declarations_in(contents: Iterable[Content]) -> dict[str, Declaration]:
    """The declarations among the contents of events, by the id of the event that each is about."""
    made = (_declaration(content) for content in contents if content["kind"] == DECLARED_WRONG)
    return {one.event_id: one for one in made}


def _declaration(content: Content) -> Declaration:
    data = content["data"]
    return Declaration(
        event_id=named_id(data.get("event")),
        reason=str(data.get("reason_code") or ""),
        remark=str(data.get("remark") or ""),
        declared_at=datetime.fromisoformat(content["event_time"]),
        declared_by=str(content["who"].get("name") or ""),
        instead=tuple(named_id(event) for event in data.get("corrective_events") or ()),
    )


def changes_state(content: Content, serial: int) -> bool:
    """Whether an event brought an element into another state; a declaration only repeats what it is about."""
    facts = next((one for one in content["elements"] if one.get("serial") == serial), None)
    if facts is None or content["kind"] == DECLARED_WRONG:
        return False
    return content["kind"] == "element.created" or bool(facts["state"] != facts.get("state_before", facts["state"]))


def is_state_in_doubt(contents: Sequence[Content], serial: int) -> bool:
    """Whether the event that brought an element into its state was declared wrong; a further step puts it right."""
    last = next((content for content in reversed(contents) if changes_state(content, serial)), None)
    return last is not None and last["id"] in declarations_in(contents)


def named_id(event: Any) -> str:
    """The id of an event as a declaration names it: with its facts, or by the id alone."""
    return str(event.get("id") if isinstance(event, Mapping) else event)
