"""What an emulated printer is told to be: how fast, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from labels.errors import LabelError


class BehaviourError(LabelError):
    """A wish that the emulator does not know, or a value of the wrong kind."""


@dataclass(frozen=True)
class Behaviour:
    """A printer's condition; everything is as it should be unless said otherwise.

    - ``seconds_a_label``: printing speed.
    - ``offline``: connections are refused.
    - ``labels_left``: the roll ends after so many; then the paper is out. None: it never ends.
    - ``cut_after_bytes``: each connection is reset after so many bytes.
    - ``forgets``: takes everything, answers well, prints nothing.
    - ``silent``: never answers ``~HS``; ``silent_in_trouble``: only while something is wrong, as newer printers do.
    - ``counts_labels``: says how many labels of a batch remain; otherwise only 1 as long as it works.
    - ``has_counter``: answers for its count of labels since it was built.
    - ``bad_tags``: so many of the next tags cannot be written.
    """

    seconds_a_label: float = 0
    offline: bool = False
    paper_out: bool = False
    head_open: bool = False
    ribbon_out: bool = False
    paused: bool = False
    labels_left: int | None = None
    cut_after_bytes: int | None = None
    forgets: bool = False
    silent: bool = False
    silent_in_trouble: bool = False
    counts_labels: bool = True
    has_counter: bool = True
    bad_tags: int = 0

    @property
    def stands_still(self) -> bool:
        """It prints nothing until somebody puts it right."""
        return self.has_no_paper or self.head_open or self.ribbon_out or self.paused

    @property
    def has_no_paper(self) -> bool:
        """The roll has ended, or was never there."""
        return self.paper_out or self.labels_left == 0

    @property
    def says_nothing(self) -> bool:
        """It answers no question now."""
        return self.silent or (self.silent_in_trouble and self.stands_still)

    def changed(self, wishes: Mapping[str, Any]) -> Behaviour:
        """The same with these wishes. Raises BehaviourError, and names the wish."""
        kinds = {column.name: column.type for column in fields(self)}
        for name, value in wishes.items():
            if name not in kinds:
                raise BehaviourError(f"The printer knows no {name!r}; it knows {', '.join(kinds)}")
            if not _fits(str(kinds[name]), value):
                raise BehaviourError(f"{name} is a {kinds[name]}, not {value!r}")
        return replace(self, **wishes)


def _fits(kind: str, value: object) -> bool:
    if value is None:
        return "None" in kind
    if kind == "bool":
        return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= 10**9 and (kind == "float" or isinstance(value, int))
