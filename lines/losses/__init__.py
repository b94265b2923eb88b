"""How well a machine's planned time was used, and which cause took the rest (OEE with its losses).

Key figures after ISO 22400-2 (KPIs for manufacturing operations management): OEE index = availability ×
effectiveness × quality ratio; the states are PackML's (ISA-TR88.00.02), where `suspended` is waiting on the line and
`held` the machine's own stop. Pure functions of times and states: :func:`account` for one station, :class:`LineTracks`
for finding who made it wait.
"""

from lines.losses.accounting import Account, Output, account
from lines.losses.causes import RUNNING_STATES, STOP_STATES, Cause, LineTracks, LossKind, Slice, slices_of
from lines.losses.track import UNKNOWN, Interval, Track, Window

__all__ = [
    "RUNNING_STATES",
    "STOP_STATES",
    "UNKNOWN",
    "Account",
    "Cause",
    "Interval",
    "LineTracks",
    "LossKind",
    "Output",
    "Slice",
    "Track",
    "Window",
    "account",
    "slices_of",
]
