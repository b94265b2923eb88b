"""Minutes after the epoch as clock times where the factory stands: the offset that the epoch states."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduling.problem import Problem

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class LocalTime:
    """The clock of one problem."""

    def __init__(self, problem: Problem) -> None:
        self.epoch = datetime.fromisoformat(problem.epoch)

    def moment(self, minute: int) -> datetime:
        """The moment of a minute, in the epoch's offset."""
        return self.epoch + timedelta(minutes=minute)

    def words(self, minute: int) -> str:
        """Day and time, such as `Mon 23 Nov 07:00`."""
        return f"{self.day(minute)} {self.time(minute)}"

    def day(self, minute: int) -> str:
        """The day, such as `Mon 23 Nov`."""
        moment = self.moment(minute)
        return f"{_DAYS[moment.weekday()]} {moment.day} {moment:%b}"

    def time(self, minute: int) -> str:
        """The time of day, such as `07:00`."""
        return f"{self.moment(minute):%H:%M}"

    def midnights(self, first: int, last: int) -> list[int]:
        """The minutes in [first, last] at which a day begins."""
        day = self.moment(first).replace(hour=0, minute=0, second=0, microsecond=0)
        begin = int((day - self.epoch).total_seconds() // 60)
        return [minute for minute in range(begin, last + 1, 24 * 60) if minute >= first]
