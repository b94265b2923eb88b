"""Whether a value fits what a machine's command takes, as far as its announcement says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mes.core.text import N_, Text
from mes.machines.service.soundness import LARGEST

FLAGS = frozenset({"bool", "bit"})


def value_fault(announced: Mapping[str, Any], value: bool | int | float | str) -> Text | None:
    """Why a value cannot be written; None where nothing speaks against it. The gateway checks once more."""
    kind, _, size = str(announced.get("kind", "")).partition(":")
    choices = announced.get("choices") or []
    if choices:
        if value in choices and isinstance(value, str):
            return None
        return Text(N_("The value must be one of: %(choices)s"), {"choices": ", ".join(choices)})
    if kind in FLAGS:
        return None if isinstance(value, bool) else Text(N_("The value must be on or off"))
    if kind == "string":
        return _text_fault(value, int(size or 0))
    return _number_fault(announced, value)


def _text_fault(value: bool | int | float | str, most: int) -> Text | None:
    if not isinstance(value, str):
        return Text(N_("The value must be a text"))
    if most and len(value) > most:
        return Text(N_("The text may have %(count)s characters at most"), {"count": most})
    return None if value.isprintable() else Text(N_("The text has characters that cannot be printed"))


def _number_fault(announced: Mapping[str, Any], value: bool | int | float | str) -> Text | None:
    if isinstance(value, bool | str) or not abs(value) <= LARGEST:
        return Text(N_("The value must be a number"))
    low, high = announced.get("low"), announced.get("high")
    if low is not None and value < low:
        return Text(N_("The value may not be less than %(low)s"), {"low": low})
    if high is not None and value > high:
        return Text(N_("The value may not be more than %(high)s"), {"high": high})
    return None
