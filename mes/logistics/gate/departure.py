"""What a departure says of the check at the gate: it is asked for, never forbidden."""

from __future__ import annotations

from typing import Any

from mes.core.commands import Work
from mes.core.errors import Conflict, Fault
from mes.core.text import N_, Text
from mes.logistics.gate.checks import GateCheck, gate_is_used, last_check
from mes.logistics.models import Delivery


class GateReasonNeeded(Conflict):
    """The lorry leaves unchecked or with differences, and nobody said why."""


def gate_words(work: Work, delivery: Delivery, reason: str) -> dict[str, Any]:
    """The last check and the reason, as the departure keeps them; nothing where no gate is used.

    Raises:
        GateReasonNeeded: the lorry was not checked, or something did not fit, and there is no reason.
    """
    check = last_check(work.session, delivery)
    if check is None and not gate_is_used(work.session):
        return {}
    told = {"gate_check": check.words() if check else None}
    if check is not None and check.is_complete:
        return told
    if not reason.strip():
        wanted = asks_for(check)
        raise GateReasonNeeded(wanted, [Fault("gate_reason", wanted)])
    return {**told, "gate_reason": reason.strip()}


def asks_for(check: GateCheck | None) -> Text:
    """Why a reason is asked for."""
    if check is None:
        return Text(N_("This lorry was not checked at the gate; say why it leaves all the same"))
    if check.ended_by == "departure":
        return Text(N_("The departure was undone after the check at the gate; say why it leaves all the same"))
    if not check.still_holds:
        return Text(N_("The load was changed after the check at the gate; say why it leaves all the same"))
    message = N_("%(count)s differences were found at the gate; say why the lorry leaves all the same")
    return Text(message, {"count": check.differences})
