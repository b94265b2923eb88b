"""docs/printers.md says all that can be wished of the printer in software, and what may come back."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

from labels.printers.behaviour import Behaviour
from labels.printers.confirmation import Printed
from labels.printers.tcp import Sent

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "printers.md").read_text(encoding="utf-8")


def test_every_wish_is_described() -> None:
    assert [column.name for column in fields(Behaviour) if f"`{column.name}`" not in PAGE] == []


def test_every_outcome_is_described() -> None:
    for outcome in (Sent, Printed):
        states = get_args(get_type_hints(outcome)["state"])
        assert states
        assert [state for state in states if f"| `{state}` |" not in PAGE] == []
