"""Judging one measurement: from raw readings to the worst deviation, or to what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from quality.catalogue import Dimensions, Item, ItemKind, catalogue
from quality.expressions import ExpressionError
from quality.judging.measurement import (
    MILLIMETRES,
    Measurement,
    flat,
    number,
    probably_meant,
    question,
    shown,
)
from quality.judging.results import DECIMALS, ItemResult, worst
from quality.rules import NoToleranceError, RuleSet, Tolerance
from quality.verdict import Fault

_ROUNDING_MM = 1.0
"""An element's own size may be told rounded to whole mm; a drawing that says more is of another element."""
_SIGNED = (ItemKind.SIZE, ItemKind.LEVEL)
_PAIR_WORDS = {ItemKind.POSITION: "a position [x, y]", ItemKind.SIZE: "a size [width, height]"}


class Judge:
    """Judges one measurement and gathers its faults under its JSON path."""

    def __init__(
        self, rules: RuleSet, family: str, dimensions: Dimensions, measurement: Measurement, path: str
    ) -> None:
        self._rules = rules
        self._family = family
        self._dimensions = dimensions
        self._measurement = measurement
        self._path = path
        self._factor = 1.0
        self.faults: list[Fault] = []

    def result(self) -> ItemResult | None:
        """The judgement, or None where `faults` tells why there is none."""
        item = catalogue().items.get(self._measurement.item)
        if item is None:
            self._refuse("item", f"unknown item {shown(self._measurement.item)}")
            return None
        if self._measurement.unit not in MILLIMETRES:
            self._refuse("unit", f"one of {', '.join(MILLIMETRES)} is expected, not {shown(self._measurement.unit)}")
            return None
        self._factor = MILLIMETRES[self._measurement.unit]
        nominals = self._nominals(item)
        tolerance = self._tolerance(item, nominals[0] if nominals else None)
        if tolerance is None or not self._has_values():
            return None
        deviations = self._differences(item) if item.kind is ItemKind.DIFFERENCE else self._deviations(item, nominals)
        return None if self.faults else worst(item, deviations, tolerance)

    def _refuse(self, place: str, message: str, meant: float | None = None) -> None:
        self.faults.append(Fault(f"{self._path}.{place}", message, meant))

    def _has_values(self) -> bool:
        there_are = any(True for _ in flat(self._measurement.values))
        if not there_are:
            self._refuse("values", "at least one reading is expected")
        return there_are

    def _tolerance(self, item: Item, nominal: float | None) -> Tolerance | None:
        given, face = self._measurement, self._measurement.face
        try:
            return self._rules.tolerance(item.id, self._family, self._dimensions, face, given.temporary, nominal)
        except (NoToleranceError, ExpressionError) as error:
            self._refuse("item", str(error))
            return None

    # what the drawing says

    def _nominals(self, item: Item) -> tuple[float, ...]:
        """What readings are compared with: one value, or one for each direction; empty where there is a fault."""
        given = self._measurement.nominal
        if item.kind in (ItemKind.GAP, ItemKind.DIFFERENCE):
            return (0.0,)
        if item.kind is ItemKind.POSITION or (item.kind is ItemKind.SIZE and isinstance(given, tuple | list)):
            return self._pair(item, given, "nominal")
        own = self._own_nominal(item)
        if given is None:
            if own is None:
                self._refuse("nominal", f"{item.id} needs its nominal value: what does the drawing say?")
            return () if own is None else (own,)
        typed = number(given, f"{self._path}.nominal", self.faults, self._factor)
        if typed is None or not self._may_be_nominal(item, typed, "nominal"):
            return ()
        if item.nominal_from and own is not None and abs(typed - own) > _ROUNDING_MM:
            self._refuse("nominal", f"{typed:g} mm contradicts {item.nominal_from} {own:g}; which is right?", own)
            return ()
        return (typed,)

    def _own_nominal(self, item: Item) -> float | None:
        """The element's own size where the item is one, else the item's default."""
        if item.nominal_from is None:
            return item.default_nominal
        size: float = getattr(self._dimensions, item.nominal_from)
        return size

    def _may_be_nominal(self, item: Item, value: float, place: str) -> bool:
        if item.kind is ItemKind.SIZE and value <= 0:
            self._refuse(place, f"{value:g} mm is not above 0 mm; what does the drawing say?")
            return False
        return True

    def _pair(self, item: Item, value: object, place: str) -> tuple[float, ...]:
        if not isinstance(value, tuple | list) or len(value) != 2:
            self._refuse(place, f"{_PAIR_WORDS[item.kind]} in mm is expected, not {shown(value)}")
            return ()
        where = [f"{self._path}.{place}[{index}]" for index in range(2)]
        read = [number(one, path, self.faults, self._factor) for one, path in zip(value, where, strict=True)]
        numbers = tuple(one for one in read if one is not None)
        fine = len(numbers) == 2 and all(self._may_be_nominal(item, one, place) for one in numbers)
        return numbers if fine else ()

    # what was read

    def _deviations(self, item: Item, nominals: Sequence[float]) -> list[float]:
        """The deviation of each reading, of positions and sizes [width, height] in each direction."""
        before = len(self.faults)
        compared = list(self._compared(item, nominals))
        if len(self.faults) > before:
            return []
        deviations = []
        for place, reading, nominal in compared:
            deviation = reading - nominal
            limit = self._limit(item, nominal)
            if abs(deviation) > limit:
                self._refuse_implausible(place, reading, nominal, limit)
            deviations.append(round(deviation if item.kind in _SIGNED else abs(deviation), DECIMALS))
        return deviations

    def _compared(self, item: Item, nominals: Sequence[float]) -> Iterator[tuple[str, float, float]]:
        """Place, reading and nominal of each number that was read."""
        if len(nominals) == 2:
            for index, value in enumerate(self._measurement.values):
                pair = self._pair(item, value, f"values[{index}]")
                for column, (reading, nominal) in enumerate(zip(pair, nominals, strict=False)):
                    yield f"values[{index}][{column}]", reading, nominal
            return
        grid = item.kind is ItemKind.GAP
        for place, value in flat(self._measurement.values) if grid else self._one_by_one():
            read = self._reading(item, place, value)
            if read is not None and nominals:
                yield place, read, nominals[0]

    def _one_by_one(self) -> Iterator[tuple[str, Any]]:
        return ((f"values[{index}]", value) for index, value in enumerate(self._measurement.values))

    def _reading(self, item: Item, place: str, value: object) -> float | None:
        """A number that can be read at all: sizes above zero, gaps not below it."""
        read = number(value, f"{self._path}.{place}", self.faults, self._factor)
        if read is None:
            return None
        if item.kind in (ItemKind.SIZE, ItemKind.DIFFERENCE) and read <= 0:
            meant = -read if read else None
            self._refuse(place, f"{read:g} mm is not above 0 mm; {question(meant)}", meant)
        elif item.kind is ItemKind.GAP and read < 0:
            self._refuse(place, f"{read:g} mm is below 0 mm; {question(-read)}", -read)
        return read

    def _differences(self, item: Item) -> list[float]:
        """The difference of two diagonals, or of each of several pairs of them."""
        values = self._measurement.values
        grid = all(isinstance(value, tuple | list) for value in values)
        pairs = [(f"values[{n}]", value) for n, value in enumerate(values)] if grid else [("values", values)]
        return [one for place, pair in pairs for one in self._difference(item, place, pair)]

    def _difference(self, item: Item, place: str, pair: Any) -> list[float]:
        if len(pair) != 2:
            self._refuse(place, f"two diagonals are expected, not {len(pair)} readings")
            return []
        before = len(self.faults)
        first, second = (self._reading(item, f"{place}[{column}]", one) for column, one in enumerate(pair))
        if first is None or second is None or len(self.faults) > before:
            return []
        difference = abs(first - second)
        if difference > self._limit(item, 0.0):
            told = f"diagonals of {first:g} and {second:g} mm cannot both be true"
            self._refuse(place, f"{told}; please read both again")
        return [round(difference, DECIMALS)]

    # what can be true

    def _limit(self, item: Item, nominal: float) -> float:
        return item.implausible_beyond.value({**self._dimensions.variables(), "n": nominal})

    def _refuse_implausible(self, place: str, reading: float, nominal: float, limit: float) -> None:
        meant = probably_meant(reading, nominal - limit, nominal + limit)
        told = f"a deviation of {reading - nominal:g} mm is beyond {limit:g} mm and cannot be true"
        self._refuse(place, f"{told}; {question(meant)}", meant)
