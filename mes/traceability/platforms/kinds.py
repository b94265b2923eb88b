"""The kinds of platforms by name; the module of a kind is loaded when a connector of that kind is met."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from mes.traceability.platforms.protocol import PlatformKind

KINDS: Mapping[str, str] = {  # name → module whose KIND is the kind
    "epcis": "mes.traceability.platforms.epcis_capture",
    "signed-json": "mes.traceability.platforms.signed_json",
    "file": "mes.traceability.platforms.file_drop",
    "webhook": "mes.traceability.platforms.webhook",
}


def kind_named(name: str) -> PlatformKind:
    """The kind of platform with that name.

    Raises:
        KeyError: no such kind.
    """
    kind: PlatformKind = import_module(KINDS[name]).KIND
    return kind
