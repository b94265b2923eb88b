"""Use cases of the library: component types, and the register of moulds."""

from __future__ import annotations

from mes.library.service.moulds import (
    AmendMould,
    MouldDescribedAnew,
    MouldStands,
    RegisterMould,
    RetireMould,
    ReturnMould,
    amend_mould,
    before_retiring,
    ensure_registered,
    mould_faults,
    mould_subject,
    register_mould,
    retire_mould,
    return_mould,
)
from mes.library.service.types import (
    TypeDescription,
    current_types,
    describe_atlas_type,
    ensure_types,
    is_described_by,
)

__all__ = [
    "AmendMould",
    "MouldDescribedAnew",
    "MouldStands",
    "RegisterMould",
    "RetireMould",
    "ReturnMould",
    "TypeDescription",
    "amend_mould",
    "before_retiring",
    "current_types",
    "describe_atlas_type",
    "ensure_registered",
    "ensure_types",
    "is_described_by",
    "mould_faults",
    "mould_subject",
    "register_mould",
    "retire_mould",
    "return_mould",
]
