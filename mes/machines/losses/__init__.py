"""How well each line and machine used its planned time: what the engine `lines.losses` needs, gathered."""

from mes.machines.losses.accounts import LineAccount, StationAccount, line_account
from mes.machines.losses.period import Period, day_period, last_working_day, shift_periods, week_period
from mes.machines.losses.standstills import Standstill, standstills, unexplained

__all__ = [
    "LineAccount",
    "Period",
    "Standstill",
    "StationAccount",
    "day_period",
    "last_working_day",
    "line_account",
    "shift_periods",
    "standstills",
    "unexplained",
    "week_period",
]
