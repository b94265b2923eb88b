"""What an event is about, for platforms that know things by the ledger's names: `element:42`, `delivery:…`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LOOSE = ("pallet:", "mould:")  # they go round


def subjects_of(content: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names whose events keep their order, and the loose ones among which a refusal holds nothing back.

    Besides the event's own subjects: its elements, its load, and the batches that went into it.
    """
    names = set(content.get("previous", ()))
    names |= {f"element:{element['serial']}" for element in content.get("elements", ()) if "serial" in element}
    how, data = content.get("how", {}), content.get("data", {})
    batches = [batch for batch in (how.get("batch"), *how.get("batches", ())) if batch]
    names |= {f"batch:{batch.get('batch_number') or batch.get('number')}" for batch in batches}
    if data.get("sscc"):
        names.add(f"delivery:{data['sscc']}")
    loose = {name for name in names if name.startswith(LOOSE)}
    return tuple(sorted(names - loose)), tuple(sorted(loose))
