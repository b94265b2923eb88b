"""Judging measurements of an element against tolerance rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from quality.catalogue import DIMENSION_NAMES, Dimensions, Item, ItemKind, UnknownFamilyError, catalogue
from quality.expressions import ExpressionError
from quality.rules import Face, NoToleranceError, RuleSet, Tolerance

Pair = tuple[float, float]
_DECIMALS = 6
"""Deviations are taken to a nanometre, so that 60.3 - 55.3 is 5 and not 4.999999…"""


class Verdict(StrEnum):
    """Outcome of a judgement."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"


@dataclass(frozen=True)
class Measurement:
    """Readings of one item, in mm.

    `values` are numbers, the two diagonals, gaps read, or pairs (x, y) for positions. `nominal` is what the
    drawing says; gaps, diagonals and levels need none, and length, width and thickness are the element's own.
    `face` tells which face of a panel was read; `temporary` marks an embed for the time of construction only.
    """

    item: str
    nominal: float | Pair | None = None
    values: tuple[float | Pair, ...] = ()
    face: Face | None = None
    temporary: bool = False


@dataclass(frozen=True)
class ItemResult:
    """Judgement of one measurement: worst deviation, allowed range, and margin left to the limit, in mm."""

    item: str
    deviation: float
    allowed: Pair
    margin: float
    result: Verdict
    clause: str


@dataclass(frozen=True)
class Evaluation:
    """Judgement of all measurements. `result` speaks of what was measured; `missing` names what was not."""

    result: Verdict
    items: tuple[ItemResult, ...]
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every required item was measured."""
        return not self.missing

    @property
    def acceptable(self) -> bool:
        """Whether everything required was measured and everything measured passes."""
        return self.complete and self.result is Verdict.PASS


@dataclass(frozen=True)
class Fault:
    """Something wrong in the input: its JSON path and what to do about it."""

    path: str
    message: str


class RefusedInputError(ValueError):
    """Input that cannot be judged; `faults` holds each fault with its JSON path."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.path}: {fault.message}" for fault in self.faults))


def evaluate(rules: RuleSet, family: str, dimensions: Dimensions, measurements: Sequence[Measurement]) -> Evaluation:
    """Judge all measurements of an element; raises RefusedInputError with every fault found."""
    faults = _element_faults(family, dimensions)
    if not measurements:
        faults.append(Fault("$.measurements", "at least one measurement is expected"))
    if faults:
        raise RefusedInputError(faults)
    judges = [
        _Judge(rules, family, dimensions, measurement, f"$.measurements[{index}]")
        for index, measurement in enumerate(measurements)
    ]
    results = [judge.result() for judge in judges]
    faults = [fault for judge in judges for fault in judge.faults]
    if faults:
        raise RefusedInputError(faults)
    items = tuple(result for result in results if result is not None)
    passed = all(item.result is Verdict.PASS for item in items)
    measured = {item.item for item in items}
    missing = tuple(item for item in rules.required_items(family, dimensions) if item not in measured)
    return Evaluation(Verdict.PASS if passed else Verdict.FAIL, items, missing)


def judge_item(rules: RuleSet, family: str, dimensions: Dimensions, measurement: Measurement) -> ItemResult:
    """Judge one measurement, as while a form is filled in; raises RefusedInputError with paths from `$`."""
    faults = _element_faults(family, dimensions)
    if faults:
        raise RefusedInputError(faults)
    judge = _Judge(rules, family, dimensions, measurement, "$")
    result = judge.result()
    if result is None:
        raise RefusedInputError(judge.faults)
    return result


def _element_faults(family: str, dimensions: Dimensions) -> list[Fault]:
    try:
        known = catalogue().family(family)
    except UnknownFamilyError as error:
        return [Fault("$.family", str(error))]
    faults: list[Fault] = []
    for name in DIMENSION_NAMES:
        value = _number(getattr(dimensions, name), f"$.{name}", faults)
        smallest, largest = known.plausible_mm[name]
        if value is not None and not smallest <= value <= largest:
            faults.append(
                Fault(
                    f"$.{name}",
                    f"{value:g} mm cannot be true of a {family}: {smallest:g} to {largest:g} mm is expected",
                )
            )
    return faults


def _number(value: object, path: str, faults: list[Fault]) -> float | None:
    """A finite number, or None and a fault."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        faults.append(Fault(path, f"a number in mm is expected, not {_shown(value)}"))
    elif not -1e9 < value < 1e9:  # NaN and infinities fail this comparison too
        faults.append(Fault(path, "a finite number of mm below 1,000,000,000 is expected"))
    else:
        return float(value)
    return None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


class _Judge:
    """Judges one measurement and gathers its faults under its JSON path."""

    def __init__(
        self, rules: RuleSet, family: str, dimensions: Dimensions, measurement: Measurement, path: str
    ) -> None:
        self._rules = rules
        self._family = family
        self._dimensions = dimensions
        self._measurement = measurement
        self._path = path
        self.faults: list[Fault] = []

    def result(self) -> ItemResult | None:
        """The judgement, or None where `faults` tells why there is none."""
        item = catalogue().items.get(self._measurement.item)
        tolerance = self._tolerance(item)
        if item is None or tolerance is None:
            return None
        deviations = self._deviations(item)
        if self.faults:
            return None
        return _worst(item, deviations, tolerance)

    def _refuse(self, place: str, message: str) -> None:
        self.faults.append(Fault(f"{self._path}.{place}", message))

    def _tolerance(self, item: Item | None) -> Tolerance | None:
        measurement = self._measurement
        if item is None:
            self._refuse("item", f"unknown item {_shown(measurement.item)}")
            return None
        try:
            return self._rules.tolerance(
                item.id, self._family, self._dimensions, measurement.face, measurement.temporary
            )
        except (NoToleranceError, ExpressionError) as error:
            self._refuse("item", str(error))
            return None

    def _deviations(self, item: Item) -> list[float]:
        """The deviation of each reading; empty where there are faults."""
        count = len(self._measurement.values)
        if not count:
            self._refuse("values", "at least one reading is expected")
            return []
        match item.kind:
            case ItemKind.POSITION:
                return self._position_deviations(item)
            case ItemKind.DIFFERENCE:
                return self._diagonal_difference(item)
            case ItemKind.GAP:
                readings = self._readings(smallest=0.0)
                return self._plausible(item, readings, 0.0)
            case ItemKind.SIZE | ItemKind.LEVEL:
                return self._size_deviations(item)

    def _readings(self, smallest: float | None = None, above: float | None = None) -> list[float]:
        """All readings as numbers within the bound; empty where one is refused."""
        before = len(self.faults)
        readings = []
        for index, value in enumerate(self._measurement.values):
            path = f"{self._path}.values[{index}]"
            number = _number(value, path, self.faults)
            if number is None:
                continue
            if smallest is not None and number < smallest:
                self.faults.append(Fault(path, f"{number:g} mm is below {smallest:g} mm"))
            if above is not None and number <= above:
                self.faults.append(Fault(path, f"{number:g} mm is not above {above:g} mm"))
            readings.append(number)
        return readings if len(self.faults) == before else []

    def _size_deviations(self, item: Item) -> list[float]:
        nominal = self._nominal(item)
        readings = self._readings(above=0.0 if item.kind is ItemKind.SIZE else None)
        if nominal is None or not readings:
            return []
        return self._plausible(item, [reading - nominal for reading in readings], nominal)

    def _nominal(self, item: Item) -> float | None:
        """The nominal value: given, the element's own, or the item's default."""
        given = self._measurement.nominal
        own = self._own_nominal(item)
        if given is None:
            if own is None:
                self._refuse("nominal", f"{item.id} needs its nominal value")
            return own
        number = _number(given, f"{self._path}.nominal", self.faults)
        if number is None:
            return None
        if item.kind is ItemKind.SIZE and number <= 0:
            self._refuse("nominal", f"{number:g} mm is not above 0 mm")
            return None
        if item.nominal_from and own is not None and abs(number - own) > self._limit(item, own):
            self._refuse("nominal", f"{number:g} mm contradicts {item.nominal_from} {own:g}")
            return None
        return number

    def _own_nominal(self, item: Item) -> float | None:
        """The element's own size where the item is one, else the item's default."""
        if item.nominal_from is None:
            return item.default_nominal
        size: float = getattr(self._dimensions, item.nominal_from)
        return size

    def _diagonal_difference(self, item: Item) -> list[float]:
        if len(self._measurement.values) != 2:
            self._refuse("values", f"two diagonals are expected, not {len(self._measurement.values)} readings")
            return []
        readings = self._readings(above=0.0)
        if not readings:
            return []
        difference = abs(readings[0] - readings[1])
        if difference > self._limit(item, 0.0):
            self._refuse("values", f"diagonals of {readings[0]:g} and {readings[1]:g} mm cannot both be true")
        return [round(difference, _DECIMALS)]

    def _position_deviations(self, item: Item) -> list[float]:
        nominal = self._pair(self._measurement.nominal, "nominal")
        pairs = [self._pair(value, f"values[{i}]") for i, value in enumerate(self._measurement.values)]
        if nominal is None or None in pairs:
            return []
        deviations = [max(abs(p[0] - nominal[0]), abs(p[1] - nominal[1])) for p in pairs if p is not None]
        return self._plausible(item, deviations, 0.0)

    def _pair(self, value: object, place: str) -> Pair | None:
        if not isinstance(value, tuple | list) or len(value) != 2:
            self._refuse(place, f"a position [x, y] in mm is expected, not {_shown(value)}")
            return None
        x = _number(value[0], f"{self._path}.{place}[0]", self.faults)
        y = _number(value[1], f"{self._path}.{place}[1]", self.faults)
        return None if x is None or y is None else (x, y)

    def _limit(self, item: Item, nominal: float) -> float:
        return item.implausible_beyond.value({**self._dimensions.variables(), "n": nominal})

    def _plausible(self, item: Item, deviations: list[float], nominal: float) -> list[float]:
        limit = self._limit(item, nominal)
        for index, deviation in enumerate(deviations):
            if abs(deviation) > limit:
                self._refuse(
                    f"values[{index}]",
                    f"a deviation of {deviation:g} mm is beyond {limit:g} mm and cannot be true: read again",
                )
        return [round(deviation, _DECIMALS) for deviation in deviations]


def _worst(item: Item, deviations: Sequence[float], tolerance: Tolerance) -> ItemResult:
    """The reading with the least margin decides; of equal ones the larger, then the positive deviation."""
    signed = item.kind in (ItemKind.SIZE, ItemKind.LEVEL)

    def margin(deviation: float) -> float:
        below = deviation - tolerance.lower if signed else math.inf
        return round(min(tolerance.upper - deviation, below), _DECIMALS)

    deviation = min(deviations, key=lambda value: (margin(value), -abs(value), -value))
    left = margin(deviation)
    return ItemResult(
        item=item.id,
        deviation=deviation,
        allowed=(tolerance.lower, tolerance.upper),
        margin=left,
        result=Verdict.PASS if left >= 0 else Verdict.FAIL,
        clause=tolerance.clause,
    )
