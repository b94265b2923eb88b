"""Words and lamps for the states of machines and of the ways to them."""

from __future__ import annotations

from mes.core.text import N_

LAMPS = {
    "execute": "running",
    "starting": "running",
    "completing": "running",
    "complete": "running",
    "idle": "idle",
    "resetting": "idle",
    "suspended": "blocked",
    "suspending": "blocked",
    "unsuspending": "blocked",
    "held": "fault",
    "holding": "fault",
    "unholding": "fault",
    "aborted": "fault",
    "aborting": "fault",
    "clearing": "fault",
    "stopped": "stopped",
    "stopping": "stopped",
}
"""PackML state to the lamp of the design system; a machine that is not heard is offline."""

STATE_WORDS: dict[str, str] = {
    "clearing": N_("clearing"),
    "stopped": N_("stopped"),
    "starting": N_("starting"),
    "idle": N_("idle"),
    "suspended": N_("waits for the line"),
    "execute": N_("works"),
    "stopping": N_("stopping"),
    "aborting": N_("aborting"),
    "aborted": N_("aborted"),
    "holding": N_("holding"),
    "held": N_("held at the machine"),
    "unholding": N_("going on"),
    "suspending": N_("begins to wait"),
    "unsuspending": N_("ends waiting"),
    "resetting": N_("resetting"),
    "completing": N_("completing"),
    "complete": N_("complete"),
    "unknown": N_("not heard"),
}

CONNECTION_WORDS: dict[str, tuple[str, str, str]] = {
    "connecting": (N_("connecting"), "neutral", "refresh"),
    "connected": (N_("connected"), "good", "plug-connected"),
    "failed": (N_("no connection"), "bad", "wifi-off"),
    "quarantined": (N_("in quarantine"), "warn", "alert-octagon"),
}
"""How it is with the way to a machine: word, tone, icon."""


def lamp(state: str | None, *, good: bool) -> str:
    """The lamp for a state; offline where its value cannot be trusted."""
    return LAMPS.get(state or "", "idle") if good and state and state != "unknown" else "offline"
