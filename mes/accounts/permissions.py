"""Which role may do what. Read from `roles.yaml`; whatever is not named there is denied."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from mes.core.text import N_

ROLES_FILE = Path(__file__).with_name("roles.yaml")
ROLE_NAMES = {
    "planner": N_("Planner"),
    "operator": N_("Operator"),
    "inspector": N_("Inspector"),
    "quality_manager": N_("Quality manager"),
    "receiver": N_("Site receiver"),
    "supervisor": N_("Supervisor"),
    "authority": N_("Quality supervision station"),
    "admin": N_("Administrator"),
}


@cache
def roles() -> dict[str, frozenset[str]]:
    """Role name to its permissions (`resource:action`)."""
    data = yaml.safe_load(ROLES_FILE.read_text(encoding="utf-8"))
    return {role: frozenset(granted) for role, granted in data.items()}


def permissions_of(role: str) -> frozenset[str]:
    """The permissions of a role; none for an unknown one."""
    return roles().get(role, frozenset())
