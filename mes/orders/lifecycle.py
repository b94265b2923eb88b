"""The element's lifecycle: one declarative table of steps. Whatever is not in it cannot happen.

Normal life: planned → scheduled → in_setup → ready_to_cast → curing → demoulded → finished → accepted → stored →
loaded → shipped → received → installed. Aside: on_hold, nonconforming, rejected_at_site, scrapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mes.core.errors import Conflict
from mes.core.text import N_, Text

NORMAL_STATES = (
    "planned",
    "scheduled",
    "in_setup",
    "ready_to_cast",
    "curing",
    "demoulded",
    "finished",
    "accepted",
    "stored",
    "loaded",
    "shipped",
    "received",
    "installed",
)
ASIDE_STATES = ("on_hold", "nonconforming", "rejected_at_site", "scrapped")
STATES = NORMAL_STATES + ASIDE_STATES
FINAL_STATES = frozenset({"installed", "scrapped"})
IN_PLANT = frozenset({"in_setup", "ready_to_cast", "curing", "demoulded", "finished", "accepted", "stored"})

STATE_NAMES: dict[str, str] = {
    "planned": N_("Planned"),
    "scheduled": N_("Scheduled"),
    "in_setup": N_("In set-up"),
    "ready_to_cast": N_("Ready to cast"),
    "curing": N_("Curing"),
    "demoulded": N_("Demoulded"),
    "finished": N_("Finished"),
    "accepted": N_("Accepted"),
    "stored": N_("In the yard"),
    "loaded": N_("Loaded"),
    "shipped": N_("On the way"),
    "received": N_("Received"),
    "installed": N_("Installed"),
    "on_hold": N_("On hold"),
    "nonconforming": N_("Nonconforming"),
    "rejected_at_site": N_("Rejected on site"),
    "scrapped": N_("Scrapped"),
}


class TransitionRefused(Conflict):
    """The element's state does not allow the step, or what the step needs is missing."""


@dataclass(frozen=True)
class Step:
    """One allowed change of state.

    `goes_to` None means back to the state before the element was put aside. `needs` names the proofs that the
    caller must hand over: an accepted inspection, a passed strength rule, a certificate.
    """

    name: str
    comes_from: frozenset[str]
    goes_to: str | None
    event_kind: str
    needs: frozenset[str] = frozenset()


def _step(name: str, comes_from: str, goes_to: str | None, event_kind: str, needs: str = "") -> Step:
    return Step(name, frozenset(comes_from.split()), goes_to, event_kind, frozenset(needs.split()))


STEPS: Mapping[str, Step] = {
    step.name: step
    for step in (
        _step("schedule", "planned", "scheduled", "element.scheduled"),
        _step("unschedule", "scheduled", "planned", "element.unscheduled"),
        _step("set_up", "scheduled", "in_setup", "element.set_up"),
        _step(
            "accept_hidden_works",
            "in_setup",
            "ready_to_cast",
            "element.hidden_works_accepted",
            "accepted_hidden_works_inspection",
        ),
        _step("refuse_hidden_works", "in_setup", "in_setup", "element.hidden_works_refused"),
        _step("refuse_witness", "ready_to_cast", "in_setup", "element.witness_refused"),
        _step("cast", "ready_to_cast", "curing", "element.cast", "accepted_hidden_works_inspection"),
        _step("demould", "curing", "demoulded", "element.demoulded", "demoulding_strength"),
        _step("finish", "demoulded", "finished", "element.finished"),
        _step(
            "accept_final",
            "finished",
            "accepted",
            "element.final_accepted",
            "accepted_final_inspection delivery_strength",
        ),
        _step("refuse_final", "finished", "nonconforming", "element.final_refused"),
        _step("store", "accepted", "stored", "element.stored"),
        _step("load", "stored", "loaded", "delivery.loaded", "certificate"),
        _step("unload", "loaded", "stored", "delivery.unloaded"),
        _step("ship", "loaded", "shipped", "delivery.departed", "certificate"),
        _step("undo_departure", "shipped", "loaded", "delivery.departure_undone"),
        _step("receive", "shipped", "received", "element.received"),
        _step("reject_at_site", "shipped", "rejected_at_site", "element.rejected_at_site"),
        _step("take_rejection_back", "rejected_at_site", "received", "element.rejection_taken_back", "certificate"),
        _step("return_to_plant", "rejected_at_site", "nonconforming", "element.returned"),
        _step("install", "received", "installed", "element.installed"),
        _step(
            "hold",
            "planned scheduled in_setup ready_to_cast demoulded finished accepted stored",
            "on_hold",
            "element.held",
        ),
        _step("release", "on_hold", None, "element.released"),
        _step(
            "report_nonconformity",
            "in_setup ready_to_cast curing demoulded finished accepted stored",
            "nonconforming",
            "element.nonconformity_reported",
        ),
        _step("rework", "nonconforming", "in_setup", "element.rework_ordered", "not_yet_cast"),
        _step("repair", "nonconforming", "demoulded", "element.repair_ordered", "already_cast"),
        _step(
            "concede",
            "nonconforming",
            "accepted",
            "element.concession_granted",
            "designer_consent delivery_strength",
        ),
        _step("scrap", "nonconforming rejected_at_site", "scrapped", "element.scrapped"),
    )
}

NEED_NAMES: dict[str, str] = {
    "accepted_hidden_works_inspection": N_("an accepted hidden-works inspection"),
    "demoulding_strength": N_("proof of the demoulding strength"),
    "accepted_final_inspection": N_("an accepted final inspection"),
    "delivery_strength": N_("proof of the delivery strength"),
    "certificate": N_("a certificate of conformity"),
    "designer_consent": N_("the designer's consent"),
    "not_yet_cast": N_("that it is not cast yet"),
    "already_cast": N_("that it is cast already"),
}


def next_state(serial: int, state: str, aside_from: str | None, step_name: str, proofs: frozenset[str]) -> str:
    """The state after a step.

    Raises:
        TransitionRefused: the state does not allow it, or a proof is missing; says which.
    """
    step = STEPS[step_name]
    if state not in step.comes_from:
        raise TransitionRefused(
            Text(
                N_("Element %(serial)s is %(state)s; that does not allow: %(step)s"),
                {"serial": serial, "state": Text(STATE_NAMES[state]), "step": Text(_event_name(step))},
            )
        )
    missing = sorted(step.needs - proofs)
    if missing:
        raise TransitionRefused(
            Text(
                N_("Element %(serial)s lacks %(need)s"),
                {"serial": serial, "need": Text(NEED_NAMES[missing[0]])},
            )
        )
    if step.goes_to is not None:
        return step.goes_to
    if aside_from is None:
        raise TransitionRefused(Text(N_("Element %(serial)s has no state to go back to"), {"serial": serial}))
    return aside_from


def _event_name(step: Step) -> str:
    from mes.ledger.kinds import EVENT_KINDS

    return EVENT_KINDS[step.event_kind]
