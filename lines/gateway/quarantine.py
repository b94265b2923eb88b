"""Quarantine: whether a device that answers is to be believed."""

from collections.abc import Iterable, Mapping

from lines.adapter import Sample

GARBAGE_IN_A_ROW = 3
_LEAST_POINTS = 2  # One impossible value is bad alone.


class Quarantine:
    """Counts garbage by point.

    A device is put in quarantine when at least half of its points (and two) gave garbage three times in a row, and
    leaves it by one read of everything in which fewer did.
    """

    def __init__(self, points: Iterable[str]) -> None:
        self._enough = max(_LEAST_POINTS, (len(tuple(points)) + 1) // 2)
        self._in_a_row: dict[str, int] = {}
        self.reason: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the device is in quarantine."""
        return self.reason is not None

    def begin(self, reason: str) -> None:
        """Put the device in quarantine."""
        self.reason = reason

    def judge(self, samples: Mapping[str, Sample]) -> None:
        """Count one poll, and begin the quarantine where it is enough."""
        counts = self._in_a_row
        for name, sample in samples.items():
            if sample.is_garbage:
                counts[name] = counts.get(name, 0) + 1
            elif counts:
                counts.pop(name, None)
        if len(counts) >= self._enough:
            often = [name for name, count in counts.items() if count >= GARBAGE_IN_A_ROW]
            if len(often) >= self._enough:
                self.begin(_reason(often[0], samples, len(often)))

    def judge_again(self, samples: Mapping[str, Sample]) -> None:
        """Look at one read of everything, and end the quarantine where it is sane; else its reason may change."""
        garbage = [name for name, sample in samples.items() if sample.is_garbage]
        self._in_a_row = {}
        self.reason = _reason(garbage[0], samples, len(garbage)) if len(garbage) >= self._enough else None


def _reason(name: str, samples: Mapping[str, Sample], count: int) -> str:
    example = samples[name].error if name in samples else None
    return f"{count} points give garbage" + (f", such as: {example}" if example else "")
