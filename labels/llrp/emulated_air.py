"""What the emulator's antennas do: single out the tags in the field, and carry out access programs on them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from labels.llrp.codec import Bits, Parameter
from labels.llrp.emulated_tag import EmulatedTag, TagRefusal
from labels.llrp.specs import ALL_ANTENNAS, LOCK, LOCK_FIELDS
from labels.llrp.tables import result_code

GONE = "no response from tag"
_DISABLED, _INACTIVE, _ACTIVE = range(3)
_PARTS = {number: name for name, number in LOCK_FIELDS.items()}


@dataclass
class Program:
    """A ROSpec with its state, and what it has not yet reported."""

    spec: Parameter
    state: int = _DISABLED
    ends_at: float | None = None
    waiting: list[Parameter] = field(default_factory=list)

    @property
    def is_active(self) -> bool:
        """Whether tags are looked for."""
        return self.state == _ACTIVE

    @property
    def antennas(self) -> tuple[int, ...]:
        """The antennas that it uses."""
        return tuple(number for part in self.spec.all("AISpec") for number in part.words("AntennaIDs"))

    def enable(self) -> None:
        """Make it ready; one with an immediate start begins."""
        trigger = self.spec.the("ROBoundarySpec").the("ROSpecStartTrigger")
        self.state = _INACTIVE
        if trigger.number("ROSpecStartTriggerType") == 1:
            self.start()

    def start(self) -> None:
        """Begin; it ends by itself where a duration is given."""
        stop = self.spec.the("ROBoundarySpec").the("ROSpecStopTrigger")
        milliseconds = stop.number("DurationTriggerValue") if stop.number("ROSpecStopTriggerType") == 1 else 0
        self.state = _ACTIVE
        self.ends_at = time.monotonic() + milliseconds / 1000 if milliseconds else None

    def stop(self) -> None:
        """End; it may be started again."""
        self.state = _INACTIVE

    def disable(self) -> None:
        """End, and be not ready."""
        self.state = _DISABLED

    def due(self) -> tuple[Parameter, ...]:
        """What is to be reported now: when enough tags wait, or at the end."""
        if self.is_active and self.ends_at is not None and time.monotonic() >= self.ends_at:
            self.stop()
        report = self.spec.first("ROReportSpec")
        enough = report.number("N") if report else 0
        if not self.waiting or (self.is_active and not 0 < enough <= len(self.waiting)):
            return ()
        due, self.waiting = tuple(self.waiting), []
        return due


@dataclass
class Access:
    """An AccessSpec with its state."""

    spec: Parameter
    is_enabled: bool = False
    times: int = 0

    def concerns(self, tag: EmulatedTag, ro_spec_id: int) -> bool:
        """Whether it is to be carried out on this tag now."""
        wanted = self.spec.number("ROSpecID"), self.spec.number("AntennaID")
        if not self.is_enabled or wanted[0] not in (0, ro_spec_id) or wanted[1] not in (ALL_ANTENNAS, tag.antenna):
            return False
        return all(_is_target(tag, target) for target in self._tag_spec().all("C1G2TargetTag"))

    def carry_out(self, tag: EmulatedTag) -> tuple[Parameter, ...]:
        """The results, up to the first failure; the program ends after as many times as it says."""
        operations = [part for part in self.spec.the("AccessCommand").inside if part.name in _OPERATIONS]
        results: list[Parameter] = []
        for operation in operations:
            results.append(_OPERATIONS[operation.name](tag, operation))
            if results[-1].number("Result"):
                break
        self.times += 1
        stop = self.spec.the("AccessSpecStopTrigger")
        if stop.number("AccessSpecStopTrigger") == 1 and self.times >= stop.number("OperationCountValue"):
            self.is_enabled = False
        return tuple(results)

    def _tag_spec(self) -> Parameter:
        return self.spec.the("AccessCommand").the("C1G2TagSpec")


def sightings(program: Program, tags: Iterable[EmulatedTag], accesses: Iterable[Access]) -> Iterator[Parameter]:
    """A round of inventory: a report for each tag that the program's antennas see."""
    antennas, ro_spec_id = program.antennas, program.spec.number("ROSpecID")
    accesses = list(accesses)
    for tag in tags:
        if ALL_ANTENNAS not in antennas and tag.antenna not in antennas:
            continue
        epc = tag.epc_hex
        access = next((one for one in accesses if one.concerns(tag, ro_spec_id)), None)
        results = access.carry_out(tag) if access else ()
        yield _report(program.spec, tag, epc, access.spec if access else None, results)


def _report(
    spec: Parameter, tag: EmulatedTag, epc: str, access: Parameter | None, results: tuple[Parameter, ...]
) -> Parameter:
    report = spec.first("ROReportSpec")
    wanted = report.first("TagReportContentSelector") if report else None
    now = time.time_ns() // 1000
    parts = {
        "EnableROSpecID": Parameter("ROSpecID", {"ROSpecID": spec.number("ROSpecID")}),
        "EnableAntennaID": Parameter("AntennaID", {"AntennaID": tag.antenna}),
        "EnablePeakRSSI": Parameter("PeakRSSI", {"PeakRSSI": tag.rssi_dbm}),
        "EnableFirstSeenTimestamp": Parameter("FirstSeenTimestampUTC", {"Microseconds": now}),
        "EnableLastSeenTimestamp": Parameter("LastSeenTimestampUTC", {"Microseconds": now}),
        "EnableTagSeenCount": Parameter("TagSeenCount", {"TagCount": 1}),
    }
    inside = [part for name, part in parts.items() if wanted and wanted.number(name)]
    if access and wanted and wanted.number("EnableAccessSpecID"):
        inside.append(Parameter("AccessSpecID", {"AccessSpecID": access.number("AccessSpecID")}))
    return Parameter("TagReportData", inside=(_epc(epc), *inside, *results))


def _epc(epc_hex: str) -> Parameter:
    if len(epc_hex) == 24:
        return Parameter("EPC_96", {"EPC": int(epc_hex, 16)})
    return Parameter("EPCData", {"EPC": Bits.of(bytes.fromhex(epc_hex))})


def _is_target(tag: EmulatedTag, target: Parameter) -> bool:
    mask, data = target.bits("TagMask"), target.bits("TagData")
    if mask.count != data.count:
        return False
    is_same = tag.matches(target.number("MB"), target.number("Pointer"), mask.count, mask.data, data.data)
    return is_same == bool(target.number("Match"))


def _read(tag: EmulatedTag, operation: Parameter) -> Parameter:
    words: tuple[int, ...] = ()
    try:
        words = tag.read(
            operation.number("MB"),
            operation.number("WordPointer"),
            operation.number("WordCount"),
            operation.number("AccessPassword"),
        )
        result = "success"
    except TagRefusal as refusal:
        result = refusal.result
    return _result("C1G2ReadOpSpecResult", operation, result, {"ReadData": words})


def _write(tag: EmulatedTag, operation: Parameter) -> Parameter:
    words, written = operation.words("WriteData"), 0
    try:
        written = tag.write(
            operation.number("MB"), operation.number("WordPointer"), words, operation.number("AccessPassword")
        )
        result = "success" if written == len(words) else GONE
    except TagRefusal as refusal:
        result = refusal.result
    return _result("C1G2WriteOpSpecResult", operation, result, {"NumWordsWritten": written})


def _lock(tag: EmulatedTag, operation: Parameter) -> Parameter:
    payloads = list(operation.all("C1G2LockPayload"))
    parts = [(_PARTS[one.number("DataField")], one.number("Privilege") == LOCK) for one in payloads]
    try:
        tag.lock(parts, operation.number("AccessPassword"))
        result = "success"
    except TagRefusal as refusal:
        result = refusal.result
    return _result("C1G2LockOpSpecResult", operation, result, {})


def _result(name: str, operation: Parameter, result: str, more: dict[str, int | tuple[int, ...]]) -> Parameter:
    values = {"Result": result_code(name, result), "OpSpecID": operation.number("OpSpecID"), **more}
    return Parameter(name, values)


_OPERATIONS = {"C1G2Read": _read, "C1G2Write": _write, "C1G2Lock": _lock}
