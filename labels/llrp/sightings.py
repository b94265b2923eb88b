"""What a reader saw: its reports as sightings of tags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from labels.llrp.codec import Message, Parameter
from labels.llrp.errors import MalformedMessageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_ANTENNA = 0
_REMEMBERED_EPCS = 10_000  # a gate listens for months


@dataclass(frozen=True)
class Seen:
    """One tag as an antenna saw it, from when to when (UTC). ``tid_hex`` is empty where the tag did not tell it.

    ``antenna`` is the one with the strongest signal, 0 where the reader does not say; the times are the reader's clock,
    or ours where it has none.
    """

    epc_hex: str
    tid_hex: str
    antenna: int
    peak_rssi_dbm: int | None
    count: int
    first_seen_at: datetime
    last_seen_at: datetime


def seen_tags(report: Message, ro_spec_id: int, tid_operation_id: int, now: datetime) -> Iterator[Seen]:
    """The sightings of one program in a report; the TID comes from the read operation of this number."""
    for data in report.all("TagReportData"):
        if _number(data, "ROSpecID", "ROSpecID", ro_spec_id) != ro_spec_id:
            continue
        rssi = data.first("PeakRSSI")
        first, last = _time(data, "FirstSeenTimestampUTC", now), _time(data, "LastSeenTimestampUTC", now)
        yield Seen(
            epc_hex=epc_hex(data),
            tid_hex=_tid(data, tid_operation_id),
            antenna=_number(data, "AntennaID", "AntennaID", _ONE_ANTENNA),
            peak_rssi_dbm=rssi.number("PeakRSSI") if rssi else None,
            count=_number(data, "TagSeenCount", "TagCount", 1),
            first_seen_at=min(first, last),
            last_seen_at=max(first, last),
        )


def epc_hex(data: Parameter) -> str:
    """The EPC in a tag's report; raises MalformedMessageError where it has none."""
    short = data.first("EPC_96")
    if short is not None:
        return f"{short.number('EPC'):024X}"
    bits = data.the("EPCData").bits("EPC")
    if bits.count % 16:
        raise MalformedMessageError(f"An EPC of {bits.count} bits came, which is no number of whole words")
    return bits.data.hex().upper()


def words_hex(words: tuple[int, ...]) -> str:
    """16-bit words as hexadecimal."""
    return "".join(f"{word:04X}" for word in words)


class Tally:
    """Sightings counted together, each tag once, or once for each antenna.

    Two tags with the same EPC are told apart by their TIDs; a sighting without TID counts for the tag with that EPC if
    there is only one.
    """

    def __init__(self, is_by_antenna: bool = False) -> None:
        """Start with none."""
        self._is_by_antenna = is_by_antenna
        self._seen: dict[tuple[str, str, int], Seen] = {}
        self._tids: dict[str, set[str]] = {}

    def add(self, seen: Seen) -> None:
        """Count one sighting."""
        if seen.tid_hex:
            self._tids.setdefault(seen.epc_hex, set()).add(seen.tid_hex)
            if len(self._tids) > _REMEMBERED_EPCS:
                del self._tids[next(iter(self._tids))]
        key = (seen.epc_hex, seen.tid_hex, seen.antenna if self._is_by_antenna else _ONE_ANTENNA)
        self._seen[key] = _together(self._seen[key], seen) if key in self._seen else seen

    def take(self) -> tuple[Seen, ...]:
        """All since the last time, in the order in which they were first seen; the count begins anew."""
        named: dict[tuple[str, str, int], Seen] = {}
        for (epc, tid, antenna), seen in self._seen.items():
            tids = self._tids.get(epc, set())
            if not tid and len(tids) > 1:
                continue  # One of those that are known, it cannot be said which.
            tid_hex = tid or next(iter(tids), "")
            key, sighting = (epc, tid_hex, antenna), replace(seen, tid_hex=tid_hex)
            named[key] = _together(named[key], sighting) if key in named else sighting
        self._seen = {}
        return tuple(sorted(named.values(), key=lambda seen: seen.first_seen_at))


def _together(one: Seen, other: Seen) -> Seen:
    stronger = max(one, other, key=lambda seen: -1000 if seen.peak_rssi_dbm is None else seen.peak_rssi_dbm)
    return replace(
        stronger,
        count=one.count + other.count,
        first_seen_at=min(one.first_seen_at, other.first_seen_at),
        last_seen_at=max(one.last_seen_at, other.last_seen_at),
    )


def _tid(data: Parameter, operation_id: int) -> str:
    for result in data.all("C1G2ReadOpSpecResult"):
        if result.number("OpSpecID") == operation_id and not result.number("Result"):
            return words_hex(result.words("ReadData"))
    return ""


def _number(data: Parameter, parameter: str, field: str, otherwise: int) -> int:
    found = data.first(parameter)
    return found.number(field) if found else otherwise


def _time(data: Parameter, parameter: str, now: datetime) -> datetime:
    found = data.first(parameter)
    if found is None:
        return now
    try:
        return _EPOCH + timedelta(microseconds=found.number("Microseconds"))
    except OverflowError as error:
        raise MalformedMessageError(f"The reader's clock says {found.number('Microseconds')} µs after 1970") from error


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)
