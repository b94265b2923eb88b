"""After demoulding: an element is made good, cleaned and marked, and then finished."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from mes.core.commands import Answer, Command, Work, use_case
from mes.orders.elements import change_state, load_elements
from mes.shopfloor.conditions import tell_finished


class FinishElements(Command):
    """Elements whose finishing work is done."""

    element_ids: list[UUID] = Field(min_length=1, max_length=200)


class ElementsFinished(Answer):
    """The serials of the elements that are finished now."""

    serials: list[int]


@use_case("operation:run")
def finish_elements(work: Work, command: FinishElements) -> ElementsFinished:
    """Take demoulded elements to finished, together.

    Raises:
        TransitionRefused: one of them is not demoulded; nothing is changed then.
        NotFound: one of them does not exist.
    """
    elements = load_elements(work.session, command.element_ids)
    at = work.event_time(command)
    change_state(work, elements, "finish", event_time=at, where={"station_name": FINISHING})
    tell_finished(work, elements, at)
    return ElementsFinished(serials=[element.serial for element in elements])


FINISHING = "finishing"
