"""Working hours become minutes after the epoch."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from mes.planning.situation import CalendarFacts
from mes.planning.working_time import expand_windows, midnight, minutes_after, moment_of, open_minutes

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, tzinfo=SHANGHAI)
SHIFTS = tuple((day, start, end) for day in range(6) for start, end in ((450, 690), (780, 1050)))
DAY = CalendarFacts("day", SHIFTS)


def test_a_working_day_has_two_windows() -> None:
    # 07:30 is minute 450, 11:30 is 690, 13:00 is 780, 17:30 is 1050.
    assert expand_windows(DAY, MONDAY, 1, SHANGHAI) == ((450, 690), (780, 1050))


def test_sunday_is_closed_and_monday_opens_again() -> None:
    saturday = datetime(2026, 11, 28, tzinfo=SHANGHAI)
    # Monday begins 2 × 1440 = 2880 minutes after Saturday's midnight.
    assert expand_windows(DAY, saturday, 3, SHANGHAI) == ((450, 690), (780, 1050), (3330, 3570), (3660, 3930))


def test_a_holiday_is_closed() -> None:
    holiday = CalendarFacts("day", DAY.windows, frozenset({date(2026, 11, 23)}))
    assert expand_windows(holiday, MONDAY, 2, SHANGHAI) == ((1890, 2130), (2220, 2490))


def test_windows_that_touch_at_midnight_are_one() -> None:
    night = CalendarFacts("night", ((0, 1320, 1440), (1, 0, 360)))
    assert expand_windows(night, MONDAY, 2, SHANGHAI) == ((1320, 1800),)


def test_the_zone_of_the_factory_counts_not_utc() -> None:
    # 00:30 in Shanghai on Monday is still Sunday, 16:30, in UTC.
    moment = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert midnight(moment, SHANGHAI) == MONDAY
    assert minutes_after(MONDAY, moment) == 30


def test_where_clocks_are_set_back_a_day_has_25_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    sunday = datetime(2026, 10, 25, tzinfo=berlin)
    calendar = CalendarFacts("day", ((0, 480, 960),))
    assert expand_windows(calendar, sunday, 2, berlin) == ((1500 + 480, 1500 + 960),)


@given(st.integers(0, 200_000))
def test_a_minute_and_its_moment_are_the_same(minute: int) -> None:
    assert minutes_after(MONDAY, moment_of(MONDAY, minute)) == minute


def test_open_minutes_are_those_within_the_windows() -> None:
    assert open_minutes(((450, 690), (780, 1050)), 680, 800) == 10 + 20
