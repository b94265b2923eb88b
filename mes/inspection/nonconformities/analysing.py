"""Why something was wrong: the cause of the table, up to five answers to "why?", what prevents it, what it cost."""

from __future__ import annotations

from mes.core.commands import Done, Work, use_case
from mes.core.errors import Fault, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.inspection.models import Nonconformity
from mes.inspection.nonconformities.kinds import causes
from mes.inspection.nonconformities.schemas import NonconformityAnalysis
from mes.orders.elements import load_element, note

EVENT = "element.nonconformity_analysed"


@use_case("nonconformity:repair")
def analyse_nonconformity(work: Work, command: NonconformityAnalysis) -> Done:
    """Keep cause, whys, preventive measure and cost (CNY); may be done before or after the decision, and again.

    Raises:
        NotFound: no such nonconformity.
        InvalidInput: a cause that is not of the table.
    """
    found = work.session.get(Nonconformity, command.nonconformity_id)
    if found is None:
        raise NotFound(Text(N_("There is no such nonconformity")))
    element = load_element(work.session, found.element_id)
    work.actor.require_project(element.project_id)
    work.session.refresh(found)
    if command.cause is not None and command.cause not in causes():
        reason = Text(N_("This cause is not of the table"))
        raise InvalidInput(reason, [Fault("cause", reason)])
    found.cause, found.whys = command.cause, list(command.whys)
    found.measure, found.cost_cny = command.measure.strip() or None, command.cost_cny
    cause = causes()[command.cause] if command.cause else None
    facts = {
        "number": found.number,
        "cause": cause.id if cause else None,
        "cause_title": {"zh": cause.title.zh, "en": cause.title.en} if cause else None,
        "whys": found.whys,
        "measure": found.measure,
        "cost_cny": found.cost_cny,
    }
    note(work, EVENT, [element], event_time=work.event_time(command), data={"nonconformity": facts})
    return Done(id=found.id)
