"""What people read about labels, jobs and printers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mes.core.text import N_, Text

LABEL_NAMES = {
    "element": N_("Element"),
    "pallet": N_("Pallet"),
    "mould": N_("Mould"),
    "slot": N_("Yard slot"),
    "rack": N_("Rack"),
    "batch": N_("Batch"),
    "badge": N_("Badge"),
    "load": N_("Lorry load"),
}
LABEL_ICONS = {
    "element": "cube",
    "pallet": "layout-grid",
    "mould": "box",
    "slot": "map-pin",
    "rack": "stack-2",
    "batch": "droplet",
    "badge": "user",
    "load": "truck-loading",
}
JOB_STATES = {
    "queued": N_("In the queue"),
    "printing": N_("Being printed"),
    "printed": N_("Printed"),
    "failed": N_("Not printed"),
    "unknown": N_("Did it come out?"),
    "cancelled": N_("Withdrawn"),
}
JOB_TONES = {
    "queued": "neutral",
    "printing": "progress",
    "printed": "good",
    "failed": "bad",
    "unknown": "warn",
    "cancelled": "ghost",
}
PRINTER_STATES = {
    "": N_("Not asked yet"),
    "ready": N_("Ready to print"),
    "busy": N_("Printing"),
    "fault": N_("Needs a hand"),
    "away": N_("Does not answer"),
}
PRINTER_TONES = {"": "ghost", "ready": "good", "busy": "progress", "fault": "bad", "away": "warn"}
PRINTER_TROUBLES = (  # as labels.printers.status says them
    N_("the paper is out"),
    N_("the print head is open"),
    N_("the ribbon is out"),
    N_("it is paused"),
    N_("the print head is too hot"),
    N_("the print head is too cold"),
    N_("its memory was lost"),
)


def kept(reason: Mapping[str, Any] | None) -> Text | None:
    """The words that a row keeps as JSON."""
    return Text.from_json(reason) if reason else None
