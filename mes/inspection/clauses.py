"""Where a rule stands in its standard, as the rule files write it ("table 9.2.7"), in Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping

CHINESE: Mapping[str, str] = {"table": "表 {}", "section": "第 {} 节", "clause": "第 {} 条"}
_PLACE = re.compile(r"\b(table|section|clause)s? (\d[\w.-]*(?:(?:, | and )\d[\w.-]*)*)")


def clause_in_chinese(clause: str) -> str:
    """The clause with each of its places in Chinese: "GB 50204-2015 table 9.2.7" becomes "GB 50204-2015 表 9.2.7"."""
    return _PLACE.sub(lambda found: CHINESE[found[1]].format(re.sub(r", | and ", "、", found[2])), clause)
