"""What stands on one label: texts by the names of a design's fields, and what goes into its tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class LabelContent:
    """One label's content, in the reader's language and ready to be set.

    ``fields`` has a text for every field of the design (an empty one where there is nothing to say). ``epc_hex`` and
    ``user_memory_hex`` are what a printer with an RFID module writes into the label's tag; empty: nothing is written.
    """

    fields: Mapping[str, str]
    epc_hex: str = ""
    user_memory_hex: str = ""
    copies: int = 1
