"""What a reader is told to do: its programs for inventory (ROSpec) and for access to tags (AccessSpec)."""

from __future__ import annotations

from collections.abc import Sequence

from labels.llrp.codec import Bits, Parameter, Value

ALL_ANTENNAS = 0
GEN2 = 1
RESERVED_BANK, EPC_BANK, TID_BANK, USER_BANK = range(4)
BANKS = {"reserved": RESERVED_BANK, "epc": EPC_BANK, "tid": TID_BANK, "user": USER_BANK}
LOCK, UNLOCK = 0, 3
LOCK_FIELDS = {"kill_password": 0, "access_password": 1, "epc": 2, "tid": 3, "user": 4}

_NULL = 0
_OPERATION_COUNT = 1
_UPON_N_TAGS_OR_END = 2
_WITH_RO_REPORT, _END_OF_ACCESS = 0, 1


def ro_spec(spec_id: int, antennas: Sequence[int], is_gate: bool = False) -> Parameter:
    """Inventory without end on these antennas (none: all), with a report for each tag singled out.

    At a gate a tag that was read stays quiet for a while, so that those with weak signals are heard (session 1); on a
    bench it answers again at once, as often as it is spoken to (session 0).
    """
    boundary = Parameter(
        "ROBoundarySpec",
        inside=(
            Parameter("ROSpecStartTrigger", {"ROSpecStartTriggerType": _NULL}),
            Parameter("ROSpecStopTrigger", {"ROSpecStopTriggerType": _NULL, "DurationTriggerValue": 0}),
        ),
    )
    inventory = Parameter(
        "InventoryParameterSpec", {"InventoryParameterSpecID": 1, "ProtocolID": GEN2}, (_singulation(is_gate),)
    )
    stop = Parameter("AISpecStopTrigger", {"AISpecStopTriggerType": _NULL, "DurationTrigger": 0})
    antenna_inventory = Parameter("AISpec", {"AntennaIDs": tuple(antennas) or (ALL_ANTENNAS,)}, (stop, inventory))
    content = dict.fromkeys(
        (
            "EnableROSpecID",
            "EnableAntennaID",
            "EnablePeakRSSI",
            "EnableFirstSeenTimestamp",
            "EnableLastSeenTimestamp",
            "EnableTagSeenCount",
            "EnableAccessSpecID",
        ),
        1,
    )
    report = Parameter(
        "ROReportSpec",
        {"ROReportTrigger": _UPON_N_TAGS_OR_END, "N": 1},
        (Parameter("TagReportContentSelector", content),),
    )
    return Parameter(
        "ROSpec", {"ROSpecID": spec_id, "Priority": 0, "CurrentState": 0}, (boundary, antenna_inventory, report)
    )


def _singulation(is_gate: bool) -> Parameter:
    session: dict[str, Value] = {"Session": 1, "TagPopulation": 64} if is_gate else {"Session": 0, "TagPopulation": 8}
    command = Parameter("C1G2InventoryCommand", inside=(Parameter("C1G2SingulationControl", session),))
    return Parameter("AntennaConfiguration", {"AntennaID": ALL_ANTENNAS}, (command,))


def access_spec(spec_id: int, ro_spec_id: int, tid_hex: str, operations: Sequence[Parameter]) -> Parameter:
    """Do this to the tag of the TID, once; with no TID to every tag, as often as it is seen."""
    tid = bytes.fromhex(tid_hex)
    mask = Bits.of(b"\xff" * len(tid))
    target = Parameter(
        "C1G2TargetTag", {"MB": TID_BANK, "Match": 1, "Pointer": 0, "TagMask": mask, "TagData": Bits.of(tid)}
    )
    count = 1 if tid else 0
    stop: dict[str, Value] = {"AccessSpecStopTrigger": _OPERATION_COUNT if tid else _NULL, "OperationCountValue": count}
    return Parameter(
        "AccessSpec",
        {"AccessSpecID": spec_id, "AntennaID": ALL_ANTENNAS, "ProtocolID": GEN2, "ROSpecID": ro_spec_id},
        (
            Parameter("AccessSpecStopTrigger", stop),
            Parameter("AccessCommand", inside=(Parameter("C1G2TagSpec", inside=(target,)), *operations)),
            Parameter("AccessReportSpec", {"AccessReportTrigger": _END_OF_ACCESS if tid else _WITH_RO_REPORT}),
        ),
    )


def read_operation(operation_id: int, bank: int, word: int, count: int, password: int = 0) -> Parameter:
    """Read so many words."""
    values = {"MB": bank, "WordPointer": word, "WordCount": count}
    return Parameter("C1G2Read", {"OpSpecID": operation_id, "AccessPassword": password, **values})


def write_operation(operation_id: int, bank: int, word: int, data: bytes, password: int = 0) -> Parameter:
    """Write whole words."""
    words = tuple(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
    values: dict[str, Value] = {"MB": bank, "WordPointer": word, "WriteData": words}
    return Parameter("C1G2Write", {"OpSpecID": operation_id, "AccessPassword": password, **values})


def lock_operation(operation_id: int, privilege: int, parts: Sequence[str], password: int) -> Parameter:
    """Lock or unlock parts of the memory."""
    payloads = (Parameter("C1G2LockPayload", {"Privilege": privilege, "DataField": LOCK_FIELDS[p]}) for p in parts)
    return Parameter("C1G2Lock", {"OpSpecID": operation_id, "AccessPassword": password}, tuple(payloads))


def keepalive(seconds: float) -> Parameter:
    """Ask for a sign of life so often."""
    return Parameter(
        "KeepaliveSpec", {"KeepaliveTriggerType": 1, "PeriodicTriggerValue": max(1, round(1000 * seconds))}
    )


def reports_at_once() -> Parameter:
    """Ask that reports are not held back, as an earlier client may have wished."""
    return Parameter("EventsAndReports", {"HoldEventsAndReportsUponReconnect": 0})
