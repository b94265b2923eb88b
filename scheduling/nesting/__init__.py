"""Pallet formation: which elements lie on which pallet, and where. The contract is docs/contracts/nesting.md."""

from typing import TYPE_CHECKING

from scheduling.lazily import lazily
from scheduling.nesting.checking import check_nesting
from scheduling.nesting.documents import (
    nesting_problem_json,
    nesting_result_json,
    nesting_schema,
    read_nesting_problem,
    read_nesting_result,
)
from scheduling.nesting.drawing import pallet_svg
from scheduling.nesting.problem import Item, NestingError, NestingProblem, PalletType
from scheduling.nesting.result import (
    NestingObjective,
    NestingResult,
    NestingStatus,
    PalletLoad,
    Placement,
    UnplacedItem,
)

if TYPE_CHECKING:
    from scheduling.nesting.solver import NestingProgress, nest

__getattr__ = lazily(__name__, {"scheduling.nesting.solver": ("NestingProgress", "nest")})

__all__ = [
    "Item",
    "NestingError",
    "NestingObjective",
    "NestingProblem",
    "NestingProgress",
    "NestingResult",
    "NestingStatus",
    "PalletLoad",
    "PalletType",
    "Placement",
    "UnplacedItem",
    "check_nesting",
    "nest",
    "nesting_problem_json",
    "nesting_result_json",
    "nesting_schema",
    "pallet_svg",
    "read_nesting_problem",
    "read_nesting_result",
]
