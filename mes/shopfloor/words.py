"""Words of the pages: reasons for holding a load, kinds of discrepancy, states of operations and machines."""

from __future__ import annotations

from mes.core.text import N_

HOLD_REASONS = (
    N_("Material is missing"),
    N_("Machine fault"),
    N_("Side form or mould damaged"),
    N_("Rebar or embeds not right"),
    N_("Waiting for the crane"),
    N_("Waiting for concrete"),
    N_("Drawing unclear"),
    N_("Shift ends"),
)
DISCREPANCY_NAMES: dict[str, str] = {
    "unknown_pallet": N_("The house knows no load on this pallet"),
    "gate_not_passed": N_("The pallet has passed a gate that is not open"),
    "not_allowed": N_("The machine did what the house does not allow"),
    "held": N_("The machine moved a load that is on hold"),
    "not_a_machine": N_("The pallet has passed a station worked by hand"),
    "release_refused": N_("The machine refused a release"),
    "finished_before_started": N_("The machine finished what it had not started"),
    "two_claims": N_("Two machines claim the same pallet"),
    "other_batch": N_("The spreader poured another batch than the one assigned"),
    "mix": N_("The batching plant mixed what the house cannot record"),
    "other_volume": N_("The spreader poured more than the batch holds"),
}
STATE_WORDS: dict[str, str] = {
    "waiting": N_("waits"),
    "running": N_("runs"),
    "held": N_("is on hold"),
    "done": N_("is done"),
}
MACHINE_WORDS: dict[str, str] = {
    "idle": N_("idle"),
    "execute": N_("works"),
    "complete": N_("complete"),
    "suspended": N_("waits for the line"),
    "held": N_("held at the machine"),
    "stopped": N_("stopped"),
    "aborted": N_("aborted"),
    "left": N_("has left"),
}
