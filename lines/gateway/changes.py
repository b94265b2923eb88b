"""What is worth reporting: changes beyond the dead-band, of value, quality or error."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeGuard

from lines.adapter import Sample
from lines.device import Device, Quality, Reading
from lines.profile import Point, Value

TimeOf = Callable[[Sample], datetime]


def is_change(last: Reading | None, now: Reading, deadband: float) -> bool:
    """Whether a reading is to be reported: the quality or the error changed, or the value by more than the
    dead-band.

    The dead-band is absolute, in the unit of the point, and measured from the last *reported* value, so that
    a slow drift is reported too (OPC UA part 8 defines its absolute deadband so).
    """
    if last is None or last.quality is not now.quality or last.error != now.error:
        return True
    return _differs(last.value, now.value, deadband)


class Book:
    """What was last reported of each point of a device; each method gives the readings that are new."""

    def __init__(self, device: Device) -> None:
        self.reported: dict[str, Reading] = {}
        self._device = device.name
        self._points = {point.name: point for point in device.profile.points}
        self._seen: dict[str, Sample] = {}
        self._compared: dict[str, Sample] = {}

    def has_news(self, samples: Iterable[tuple[str, Sample]]) -> bool:
        """Whether a sample differs from the last one seen of its point."""
        seen = self._seen
        for name, sample in samples:
            last = seen.get(name)
            if last is not sample and (last is None or last.value != sample.value or last.time != sample.time):
                return True
        return False

    def changes(
        self, samples: Iterable[tuple[str, Sample]], time_of: TimeOf, silence: str | None = None
    ) -> list[Reading]:
        """The changes that samples make, in their order. With ``silence``, the reason why the device counts as
        silent, good values are stale.
        """
        found = []
        compared, points = self._compared, self._points
        for name, sample in samples:
            if compared.get(name) is sample:  # An adapter may give the same object for the same value.
                continue
            compared[name] = self._seen[name] = sample
            point = points.get(name)
            if point is not None and (reading := self._change(point, sample, time_of, silence)):
                self.reported[name] = reading
                found.append(reading)
        return found

    def fail(self, reason: str, now: datetime) -> list[Reading]:
        """Every value as stale, once; as bad where none was ever read."""
        self._forget()
        found = []
        for name, point in self._points.items():
            last = self.reported.get(name)
            value = last.value if last else None
            quality = Quality.BAD if value is None else Quality.STALE
            if last is None or last.quality is Quality.GOOD:
                found.append(self._note(point, value, quality, now, reason))
        return found

    def distrust(self, reason: str, now: datetime) -> list[Reading]:
        """Every value as bad, with the reason."""
        self._forget()
        return [
            self._note(point, None, Quality.BAD, now, reason)
            for name, point in self._points.items()
            if (last := self.reported.get(name)) is None or last.quality is not Quality.BAD or last.error != reason
        ]

    def compare_again(self) -> None:
        """Compare each next sample with what was reported, although it be the same object."""
        self._compared.clear()

    def _forget(self) -> None:
        self._seen.clear()
        self._compared.clear()

    def _change(self, point: Point, sample: Sample, time_of: TimeOf, silence: str | None) -> Reading | None:
        last, error = self.reported.get(point.name), sample.error
        quality = Quality.GOOD if error is None else Quality.BAD
        if silence is not None and quality is Quality.GOOD:
            quality, error = Quality.STALE, silence
        if (
            last is not None
            and last.quality is quality
            and last.error == error
            and not _differs(last.value, sample.value, point.deadband)
        ):
            return None
        return Reading(self._device, point.name, sample.value, point.unit, quality, time_of(sample), error)

    def _note(self, point: Point, value: Value | None, quality: Quality, time: datetime, error: str) -> Reading:
        reading = Reading(self._device, point.name, value, point.unit, quality, time, error)
        self.reported[point.name] = reading
        return reading


def _differs(last: Value | None, now: Value | None, deadband: float) -> bool:
    if deadband and _is_number(last) and _is_number(now):
        return abs(now - last) > deadband
    return last != now


def _is_number(value: Value | None) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
