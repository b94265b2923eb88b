"""Who gives a verdict: name, role, organisation and device, as an inspection keeps them."""

from __future__ import annotations

from mes.core.actor import Actor


def inspector_columns(actor: Actor) -> dict[str, str]:
    """The columns of an inspection that say who it was and by which device."""
    return {
        "inspector_id": actor.id[:80],
        "inspector_name": actor.name[:80],
        "inspector_role": actor.role[:20],
        "organisation": actor.organisation[:120],
        "device": actor.device[:80],
    }


def witness_columns(actor: Actor) -> dict[str, str]:
    """The columns of a supervisor's verdict that say who it was and by which device."""
    return {
        "person_id": actor.id[:80],
        "name": actor.name[:80],
        "role": actor.role[:20],
        "organisation": actor.organisation[:120],
        "device": actor.device[:80],
    }
