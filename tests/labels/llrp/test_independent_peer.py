"""Our client against a reader of another make, our emulated reader against a client of another make: llrpjs 1.0.1."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from labels.llrp.codec import Bits, Message, Parameter, decode, encode
from labels.llrp.emulated_tag import EmulatedTag
from labels.llrp.emulator import ReaderEmulator
from labels.llrp.errors import SeveralTagsError, TagAccessError
from labels.llrp.reader import Reader
from labels.llrp.specs import (
    access_spec,
    keepalive,
    lock_operation,
    read_operation,
    reports_at_once,
    ro_spec,
    write_operation,
)
from tests.peers.packages import PeersMissingError, peer_command

TID, OTHER_TID = "E28011606000020500000A01", "E28011606000020500000B02"
SGTIN_96 = "3074257BF7194E4000001A85"
SGTIN_PLUS = "F73795211411234538566CB0AFC40000"
BLANK = "0" * 24


def command(script: str) -> list[str]:
    try:
        return peer_command(script)
    except PeersMissingError as error:
        pytest.skip(str(error))


class Peer:
    """A reader of llrpjs in a process of its own."""

    def __init__(self, tags: list[dict[str, str]]) -> None:
        self.process = subprocess.Popen(
            [*command("llrp_reader.js"), json.dumps(tags)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port: int = self._answer()["port"]

    def told(self) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write('{"get": null}\n')
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def peer(*tags: dict[str, str]) -> Iterator[Peer]:
    served = Peer(list(tags))
    try:
        yield served
    finally:
        served.process.communicate("", timeout=10)


def tag(tid: str, epc: str = BLANK) -> dict[str, str]:
    return {"tid": tid, "epc": epc, "user": "0" * 64}


def test_tags_before_a_reader_of_another_make_are_seen_with_their_tids() -> None:
    with (
        peer(tag(TID), tag(OTHER_TID, SGTIN_PLUS)) as other,
        Reader("127.0.0.1", other.port, look_seconds=0.2) as reader,
    ):
        assert (reader.capabilities.antennas, reader.capabilities.firmware) == (4, "llrpjs")
        seen = {found.tid_hex: found for found in reader.inventory(0.2)}
        with pytest.raises(SeveralTagsError, match=f"{TID}.*{OTHER_TID}"):
            reader.the_only_tag()
        assert other.told()["acks"] == 1
    assert {tid: found.epc_hex for tid, found in seen.items()} == {TID: BLANK, OTHER_TID: SGTIN_PLUS}
    assert {(found.antenna, found.peak_rssi_dbm) for found in seen.values()} == {(2, -48)}


def test_a_tag_before_a_reader_of_another_make_is_written_and_verified() -> None:
    facts = "C105FFFFFFFFFF00" + "0" * 16
    with peer(tag(OTHER_TID), tag(TID)) as other, Reader("127.0.0.1", other.port) as reader:
        written = reader.write_and_verify(TID, SGTIN_PLUS, facts)
        held = other.told()["tags"]
    assert (written.epc_hex, written.user_hex) == (SGTIN_PLUS, facts)
    # 8 words: 01000, and the bit for user memory: 0100 0100 0000 0000
    assert held[1] == {"tid": TID, "pc": "4400", "epc": SGTIN_PLUS, "user": facts.ljust(64, "0")}
    assert held[0] == {"tid": OTHER_TID, "pc": "3000", "epc": BLANK, "user": "0" * 64}


def test_an_epc_that_the_tag_has_no_room_for_leaves_its_length_as_it_was() -> None:
    with peer(tag(TID)) as other, Reader("127.0.0.1", other.port) as reader:
        with pytest.raises(TagAccessError, match="memory overrun"):
            reader.write_epc(TID, "36" + "0" * 50)
        assert other.told()["tags"][0]["pc"] == "3000"


def test_a_client_of_another_make_is_served_by_the_emulated_reader() -> None:
    emulator = ReaderEmulator([EmulatedTag(TID, SGTIN_96), EmulatedTag(OTHER_TID, SGTIN_PLUS, antenna=2)])
    with emulator.serve() as port:
        config = {"port": port, "tid": TID, "user": "C0DEC0DE"}
        done = subprocess.run(
            [*command("llrp_client.js"), json.dumps(config)], capture_output=True, text=True, timeout=30, check=False
        )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["greeting"] == "Success"
    assert told["capabilities"]["GeneralDeviceCapabilities"]["MaxNumberOfAntennaSupported"] == 4
    assert set(told["statuses"].values()) == {"M_Success"}
    assert told["seen"] == {TID: SGTIN_96, OTHER_TID: SGTIN_PLUS}
    assert told["written"] == {"Result": "Success", "OpSpecID": 9, "NumWordsWritten": 2}
    assert emulator.tag(TID).user_hex.startswith("C0DEC0DE")
    assert emulator.tag(OTHER_TID).user_hex.startswith("0000")


REPORT = Parameter(
    "TagReportData",
    {},
    (
        Parameter("EPCData", {"EPC": Bits.of(bytes.fromhex(SGTIN_PLUS))}),
        Parameter("ROSpecID", {"ROSpecID": 7}),
        Parameter("AntennaID", {"AntennaID": 2}),
        Parameter("PeakRSSI", {"PeakRSSI": -48}),
        Parameter("TagSeenCount", {"TagCount": 3}),
        Parameter("AccessSpecID", {"AccessSpecID": 7}),
        Parameter("C1G2ReadOpSpecResult", {"Result": 0, "OpSpecID": 1, "ReadData": (0xE280, 0x1160)}),
        Parameter("C1G2WriteOpSpecResult", {"Result": 5, "OpSpecID": 2, "NumWordsWritten": 1}),
        Parameter("C1G2LockOpSpecResult", {"Result": 0, "OpSpecID": 3}),
    ),
)
# ASCII: llrpjs counts characters where the protocol counts bytes.
STATUS = Parameter("LLRPStatus", {"StatusCode": 300, "ErrorDescription": "no antenna 9"})
OPERATIONS = [
    read_operation(1, 2, 0, 6),
    write_operation(2, 1, 2, bytes.fromhex(SGTIN_96), 0x12345678),
    lock_operation(3, 0, ["epc", "user"], 0x12345678),
]
ADD_ACCESS = Message("ADD_ACCESSSPEC", {}, (access_spec(7, 7, TID, OPERATIONS),), 4)
MESSAGES = [
    Message("GET_READER_CAPABILITIES", {"RequestedData": 0}, (), 1),
    Message("SET_READER_CONFIG", {"ResetToFactoryDefault": 1}, (keepalive(10), reports_at_once()), 2),
    Message("ADD_ROSPEC", {}, (ro_spec(7, (1, 2)),), 3),
    Message("ADD_ROSPEC", {}, (ro_spec(8, (), is_gate=True),), 3),
    ADD_ACCESS,
    *(Message(f"{verb}_ROSPEC", {"ROSpecID": 7}, (), 5) for verb in ("DELETE", "START", "STOP", "ENABLE", "DISABLE")),
    *(Message(f"{verb}_ACCESSSPEC", {"AccessSpecID": 7}, (), 5) for verb in ("DELETE", "ENABLE", "DISABLE")),
    Message("ADD_ROSPEC_RESPONSE", {}, (STATUS,), 3),
    Message("RO_ACCESS_REPORT", {}, (REPORT,), 6),
    Message("KEEPALIVE", {}, (), 7),
    Message("KEEPALIVE_ACK", {}, (), 7),
    Message("CLOSE_CONNECTION", {}, (), 8),
    Message("ERROR_MESSAGE", {}, (STATUS,), 9),
]


def test_another_implementation_reads_and_writes_our_messages_the_same() -> None:
    lines = "".join(encode(message).hex() + "\n" for message in MESSAGES)
    done = subprocess.run(command("llrp_codec.js"), input=lines, capture_output=True, text=True, timeout=30, check=True)
    for message, line in zip(MESSAGES, done.stdout.splitlines(), strict=True):
        answer = json.loads(line)
        assert answer.get("hex") == encode(message).hex().upper(), (message.name, answer)
        assert (answer["message"]["type"], answer["message"]["id"]) == (message.name, message.message_id)
        assert decode(bytes.fromhex(answer["hex"])).name == message.name


def test_another_implementation_understands_what_is_to_be_done_to_a_tag() -> None:
    line = encode(ADD_ACCESS).hex() + "\n"
    done = subprocess.run(command("llrp_codec.js"), input=line, capture_output=True, text=True, timeout=30, check=True)
    spec = json.loads(done.stdout)["message"]["data"]["AccessSpec"]
    assert spec["AccessSpecStopTrigger"] == {"AccessSpecStopTrigger": "Operation_Count", "OperationCountValue": 1}
    target = spec["AccessCommand"]["C1G2TagSpec"]["C1G2TargetTag"]
    assert (target["MB"], target["TagMask"], target["TagData"]) == (2, "F" * 24, TID)
    assert spec["AccessCommand"]["C1G2Write"]["WriteData"] == SGTIN_96
    assert [part["DataField"] for part in spec["AccessCommand"]["C1G2Lock"]["C1G2LockPayload"]] == [
        "EPC_Memory",
        "User_Memory",
    ]
