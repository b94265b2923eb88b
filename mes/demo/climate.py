"""How warm a curing chamber of the demo is: the hall's air through the day, and steam that is steered by
a programme."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

MINUTE = timedelta(minutes=1)
HALL_MEAN_C, HALL_SWING_K, WARMEST_HOUR = 19.5, 2.4, 15.0
DAYS_DIFFER_K = 0.8
MIDNIGHT = datetime(2000, 1, 1, tzinfo=timezone(timedelta(hours=8)))  # any, of the factory's clock
STEERING_MINUTES = 4.0  # the air follows what is wanted as a first-order system of this time constant,
LOSING_MINUTES = 300.0  # and the hall's temperature, once the steam is off, of this one
NOISE_K = 0.08
REST_BEFORE_HEATING = timedelta(hours=2, minutes=15)  # of the youngest concrete; two to six hours are allowed
OUT_ABOVE_HALL_K = 19.0  # what the first load that leaves may be warmer than the hall; 25 K are allowed
COOLING_K_PER_HOUR = 12.0
HEATING_K_PER_HOUR, HOLDING_C = 16.0, 55.0


@dataclass(frozen=True)
class Programme:
    """A day's curing: steam from `heat_at`, rising to `holding_c`, falling from `cool_at` until the hall is near."""

    heat_at: datetime
    cool_at: datetime
    heating_k_per_hour: float = HEATING_K_PER_HOUR
    holding_c: float = HOLDING_C

    def wanted_c(self, moment: datetime, hall_c: float) -> float | None:
        """The temperature steered for; None while there is no steam and none is let out."""
        if moment < self.heat_at:
            return None
        rising = HALL_MEAN_C + self.heating_k_per_hour * ((moment - self.heat_at) / timedelta(hours=1))
        falling = self.holding_c - COOLING_K_PER_HOUR * ((moment - self.cool_at) / timedelta(hours=1))
        wanted = min(self.holding_c, rising, falling)
        is_over = moment > self.cool_at and wanted < hall_c + 4.0
        return None if is_over else max(wanted, hall_c)


def programme_for(last_cast: datetime, first_out: datetime, **fault: float) -> Programme:
    """The programme of a day whose last load is cast, and whose first load comes out, at these times.

    `fault` sets heating_k_per_hour or holding_c beyond what is right.
    """
    holding_c = fault.get("holding_c", HOLDING_C)
    hours = (holding_c - HALL_MEAN_C - OUT_ABOVE_HALL_K) / COOLING_K_PER_HOUR
    return Programme(last_cast + REST_BEFORE_HEATING, first_out - timedelta(hours=hours), **fault)


def hall_c(moment: datetime) -> float:
    """The hall's temperature: warmest in the afternoon, and not the same every day."""
    days = (moment - MIDNIGHT) / timedelta(days=1)
    day = DAYS_DIFFER_K * math.sin(1.7 * days)
    return HALL_MEAN_C + day + HALL_SWING_K * math.cos(2 * math.pi * (days - WARMEST_HOUR / 24))


@dataclass
class Climate:
    """A chamber's air minute by minute from `begin` on, as it is; `read` is what a sensor says of it."""

    begin: datetime
    noise: random.Random
    programmes: list[Programme] = field(default_factory=list)
    air_c: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.air_c.append(hall_c(self.begin))

    @property
    def now(self) -> datetime:
        """Until when it is known."""
        return self.begin + (len(self.air_c) - 1) * MINUTE

    def step(self) -> datetime:
        """A minute passes; gives the new time."""
        moment, air = self.now + MINUTE, self.air_c[-1]
        hall = hall_c(moment)
        wanted = self.programmes[-1].wanted_c(moment, hall) if self.programmes else None
        pull, minutes = (hall, LOSING_MINUTES) if wanted is None else (wanted, STEERING_MINUTES)
        self.air_c.append(air + (pull - air) * (1 - math.exp(-1 / minutes)))
        return moment

    def at(self, moment: datetime) -> float:
        """The air's temperature at a time that has passed."""
        return self.air_c[min(len(self.air_c) - 1, max(0, round((moment - self.begin) / MINUTE)))]

    def read(self, true_c: float) -> float:
        """What a sensor of a tenth of a degree tells."""
        return round(true_c + self.noise.gauss(0, NOISE_K), 1)
