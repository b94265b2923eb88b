"""What a platform is to the deliverer: something that events are rendered for, and that is sent to.

A kind of platform (EPCIS capture, signed JSON, a folder, a webhook) implements `PlatformKind`; the deliverer knows
no more than that. Kinds are found by name through `kind_named`.
"""

from mes.traceability.platforms.answers import (
    Accepted,
    Answer,
    CaptureJob,
    CaptureLimits,
    DataRefused,
    Delivered,
    Disabled,
    Discovery,
    Exchange,
    Lookup,
    PauseConfiguration,
    PauseCredentials,
    RefusedEvent,
    Retry,
    Submission,
    TooLarge,
)
from mes.traceability.platforms.kinds import KINDS, kind_named
from mes.traceability.platforms.protocol import Platform, PlatformKind, Rendition

__all__ = [
    "KINDS",
    "Accepted",
    "Answer",
    "CaptureJob",
    "CaptureLimits",
    "DataRefused",
    "Delivered",
    "Disabled",
    "Discovery",
    "Exchange",
    "Lookup",
    "PauseConfiguration",
    "PauseCredentials",
    "Platform",
    "PlatformKind",
    "RefusedEvent",
    "Rendition",
    "Retry",
    "Submission",
    "TooLarge",
    "kind_named",
]
