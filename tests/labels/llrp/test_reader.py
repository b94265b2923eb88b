"""What the house asks of a reader: who is there, what does it hold, write this and prove it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from labels.errors import TagDataError
from labels.llrp.emulated_tag import EmulatedTag
from labels.llrp.emulator import ReaderEmulator
from labels.llrp.errors import (
    ConnectionLostError,
    NoTagError,
    ReaderStatusError,
    SeveralTagsError,
    TagAccessError,
    TagMissingError,
)
from labels.llrp.reader import Reader
from labels.llrp.sightings import Seen, Tally
from labels.tags.user_memory import TagFacts, read_user_memory, write_user_memory

TID, OTHER_TID = "E28011606000020500000A01", "E28011606000020500000B02"
BLANK = "0" * 24
SGTIN_96 = "3074257BF7194E4000001A85"
SGTIN_PLUS = "F73795211411234538566CB0AFC40000"  # 8 words
LOCAL = "5A0100000000000000000000"  # begins with no header of GS1
PASSWORD = "1A2B3C4D"
LOOK = 0.2  # seconds


def test_every_tag_in_the_field_is_seen_once_with_its_tid(emulator: ReaderEmulator, reader: Reader) -> None:
    emulator.put(EmulatedTag(OTHER_TID, SGTIN_96, antenna=3, rssi_dbm=-61))
    before = datetime.now(UTC)
    seen = {tag.tid_hex: tag for tag in reader.inventory(0.4)}
    assert set(seen) == {TID, OTHER_TID}
    other = seen[OTHER_TID]
    assert (other.epc_hex, other.antenna, other.peak_rssi_dbm) == (SGTIN_96, 3, -61)
    assert before - timedelta(seconds=1) < other.first_seen_at < other.last_seen_at <= datetime.now(UTC)
    assert other.count > 1


def test_only_the_antennas_that_were_asked_look(emulator: ReaderEmulator, reader: Reader) -> None:
    emulator.put(EmulatedTag(OTHER_TID, antenna=2))
    assert [tag.tid_hex for tag in reader.inventory(LOOK, [2])] == [OTHER_TID]


def test_a_reader_looks_with_the_antennas_that_it_was_made_for(emulator: ReaderEmulator) -> None:
    emulator.put(EmulatedTag(OTHER_TID, antenna=2))
    with Reader("127.0.0.1", emulator.port, look_seconds=LOOK, antennas=[2]) as reader:
        assert reader.write_and_verify("", SGTIN_96).tid_hex == OTHER_TID
        assert [tag.tid_hex for tag in reader.inventory(LOOK, [1])] == [TID]


def test_blank_tags_with_the_same_epc_are_told_apart(emulator: ReaderEmulator, reader: Reader) -> None:
    emulator.put(EmulatedTag(OTHER_TID))
    assert {(tag.epc_hex, tag.tid_hex) for tag in reader.inventory(LOOK)} == {(BLANK, TID), (BLANK, OTHER_TID)}


def test_a_tag_whose_tid_is_shorter_than_asked_is_seen_without_it(emulator: ReaderEmulator, reader: Reader) -> None:
    emulator.take(TID)
    emulator.put(EmulatedTag("E2001234", SGTIN_96))
    assert [(tag.epc_hex, tag.tid_hex) for tag in reader.inventory(LOOK)] == [(SGTIN_96, "")]
    with pytest.raises(TagMissingError, match=SGTIN_96):
        reader.the_only_tag()


def test_a_tag_is_given_its_epc_and_facts_and_they_are_read_back(emulator: ReaderEmulator, reader: Reader) -> None:
    facts = TagFacts(type_code="YB-3618", weight_kg=1850, project="滨江花园三期")
    written = reader.write_and_verify(TID, SGTIN_96, write_user_memory(facts))
    # 6 words: 00110, and the bit for user memory
    assert (written.tid_hex, written.epc_hex, written.protocol_control) == (TID, SGTIN_96, 0x3400)
    assert emulator.tag(TID).epc_hex == SGTIN_96
    assert read_user_memory(emulator.tag(TID).user_hex) == facts


@pytest.mark.parametrize(
    ("epc_hex", "word"),
    [
        (SGTIN_PLUS, 0x4000),  # 8 words: 01000
        (LOCAL, 0x3103),  # 6 words, not GS1's: toggle, and the family of closed systems
    ],
)
def test_the_word_before_the_epc_says_its_length_and_whose_it_is(
    emulator: ReaderEmulator, reader: Reader, epc_hex: str, word: int
) -> None:
    assert reader.write_and_verify(TID, epc_hex).protocol_control == word
    assert emulator.tag(TID).epc_hex == epc_hex


def test_a_shorter_epc_leaves_nothing_of_the_longer_one(reader: Reader) -> None:
    reader.write_epc(TID, SGTIN_PLUS)
    reader.write_epc(TID, SGTIN_96)
    assert [tag.epc_hex for tag in reader.inventory(LOOK)] == [SGTIN_96]


def test_the_bit_for_user_memory_stays_when_only_the_epc_changes(emulator: ReaderEmulator, reader: Reader) -> None:
    reader.write_and_verify(TID, SGTIN_PLUS, "C105FFFFFFFFFF00")
    reader.write_epc(TID, SGTIN_96)
    assert emulator.tag(TID).protocol_control == 0x3400


def test_a_long_bank_is_written_in_as_many_programs_as_the_reader_needs() -> None:
    emulator = ReaderEmulator([EmulatedTag(TID, user_words=64)], operations_at_once=1)
    whole = "".join(f"{number:04X}" for number in range(64))
    with emulator.serve() as port, Reader("127.0.0.1", port) as reader:
        reader.write_user(TID, whole)
        assert reader.read(TID, "user", 0, 64) == whole == emulator.tag(TID).user_hex
    assert emulator.requests.count("ADD_ACCESSSPEC") == 8  # 16 words at once, written and read


def test_without_a_name_the_only_tag_is_meant(emulator: ReaderEmulator, reader: Reader) -> None:
    assert reader.write_and_verify("", SGTIN_96).tid_hex == TID
    emulator.put(EmulatedTag(OTHER_TID))
    with pytest.raises(SeveralTagsError, match=f"2 tags lie in the field.*{TID}, {OTHER_TID}") as refused:
        reader.write_and_verify("", SGTIN_PLUS)
    assert set(refused.value.tids) == {TID, OTHER_TID}
    assert emulator.tag(OTHER_TID).epc_hex == BLANK
    assert reader.write_and_verify(OTHER_TID, SGTIN_PLUS).epc_hex == SGTIN_PLUS
    assert emulator.tag(TID).epc_hex == SGTIN_96


def test_reading_without_a_name_means_the_only_tag_too(emulator: ReaderEmulator, reader: Reader) -> None:
    assert reader.read("", "tid", 0, 6) == TID
    emulator.put(EmulatedTag(OTHER_TID))
    with pytest.raises(SeveralTagsError):
        reader.read("", "tid", 0, 6)


def test_the_beginning_of_a_tid_names_no_tag(emulator: ReaderEmulator, reader: Reader) -> None:
    emulator.put(EmulatedTag(OTHER_TID))
    with pytest.raises(TagDataError, match="the beginning of a TID"):
        reader.write_epc("E2801160", SGTIN_96)
    assert [tag.epc_hex for tag in emulator.tags()] == [BLANK, BLANK]


def test_an_empty_field_is_said_so(emulator: ReaderEmulator, reader: Reader) -> None:
    emulator.take(TID)
    assert reader.inventory(LOOK) == ()
    with pytest.raises(NoTagError):
        reader.write_epc("", SGTIN_96)


def test_a_named_tag_that_is_not_there_is_named(emulator: ReaderEmulator) -> None:
    with (
        Reader("127.0.0.1", emulator.port, timeout_seconds=1) as reader,
        pytest.raises(TagMissingError, match=OTHER_TID),
    ):
        reader.write_epc(OTHER_TID, SGTIN_96)
    assert emulator.tag(TID).epc_hex == BLANK


def test_a_locked_epc_changes_only_with_the_password(emulator: ReaderEmulator, reader: Reader) -> None:
    reader.write_epc(TID, SGTIN_96)
    reader.write_access_password(TID, PASSWORD)
    reader.lock(TID, ["epc", "access_password"], PASSWORD)
    with pytest.raises(TagAccessError, match="memory locked"):
        reader.write_epc(TID, BLANK)
    with pytest.raises(TagAccessError, match="incorrect password"):
        reader.write_epc(TID, BLANK, "99999999")
    with pytest.raises(TagAccessError, match="memory locked"):
        reader.read(TID, "reserved", 2, 2)
    assert emulator.tag(TID).epc_hex == SGTIN_96
    reader.write_epc(TID, LOCAL, PASSWORD)
    reader.unlock(TID, ["epc"], PASSWORD)
    reader.write_epc(TID, SGTIN_PLUS)
    assert emulator.tag(TID).epc_hex == SGTIN_PLUS


def test_a_tag_without_password_cannot_be_locked(emulator: ReaderEmulator, reader: Reader) -> None:
    with pytest.raises(ValueError, match="write one first"):
        reader.lock(TID, ["epc"], "00000000")
    with pytest.raises(TagAccessError, match="incorrect password"):
        reader.lock(TID, ["epc"], PASSWORD)
    assert emulator.tag(TID).locked == set()


def test_the_tid_is_read_and_never_written(reader: Reader) -> None:
    assert reader.read(TID, "tid", 0, 6) == TID


@pytest.mark.parametrize(("epc_hex", "user_hex"), [("307", ""), ("", ""), ("XY" * 12, ""), (SGTIN_96, "C1")])
def test_what_is_no_memory_is_refused_before_anything_is_written(
    emulator: ReaderEmulator, reader: Reader, epc_hex: str, user_hex: str
) -> None:
    with pytest.raises(TagDataError):
        reader.write_and_verify(TID, epc_hex, user_hex)
    assert emulator.tag(TID).epc_hex == BLANK
    assert set(emulator.tag(TID).user_hex) == {"0"}


def test_a_bank_part_or_password_that_does_not_exist_is_refused(emulator: ReaderEmulator, reader: Reader) -> None:
    emulator.requests.clear()
    with pytest.raises(TagDataError, match="banks are"):
        reader.read(TID, "cellar", 0, 1)
    with pytest.raises(TagDataError, match="No bank has 0 words"):
        reader.read(TID, "user", 0, 0)
    with pytest.raises(TagDataError, match="eight"):
        reader.write_access_password(TID, "123")
    with pytest.raises(TagDataError, match="cellar"):
        reader.lock(TID, ["cellar"], PASSWORD)
    with pytest.raises(TagDataError, match="nothing to write"):
        reader.write_user(TID, "")
    with pytest.raises(ValueError, match="no antenna 0"):
        reader.inventory(LOOK, [0])
    assert not emulator.requests


@pytest.mark.parametrize(("bank", "word", "count"), [("user", 31, 2), ("epc", 40, 1), ("tid", 6, 1)])
def test_memory_that_the_tag_has_not_is_said_so(reader: Reader, bank: str, word: int, count: int) -> None:
    with pytest.raises(TagAccessError, match="memory overrun"):
        reader.read(TID, bank, word, count)


def test_an_epc_longer_than_the_tag_leaves_its_length_as_it_was(emulator: ReaderEmulator, reader: Reader) -> None:
    with pytest.raises(TagAccessError, match="memory overrun"):
        reader.write_epc(TID, "36" + "0" * 50)
    assert emulator.tag(TID).epc_hex == BLANK


def test_an_antenna_that_does_not_exist_is_refused_by_the_reader(reader: Reader) -> None:
    with pytest.raises(ReaderStatusError, match="no antenna 9") as refused:
        reader.inventory(LOOK, [9])
    assert (refused.value.status, refused.value.request) == ("A_Invalid", "ADD_ROSPEC")
    assert len(reader.inventory(LOOK)) == 1


def test_a_gate_tells_what_passes_until_it_is_stopped(emulator: ReaderEmulator, reader: Reader) -> None:
    told: list[Seen] = []
    stop = threading.Event()

    def on_seen(batch: Sequence[Seen]) -> None:
        assert len({(tag.tid_hex, tag.antenna) for tag in batch}) == len(batch)
        told.extend(batch)
        if {tag.tid_hex for tag in told} == {TID}:
            emulator.put(EmulatedTag(OTHER_TID, antenna=2))
        elif emulator.tags()[0].tid_hex == TID:
            emulator.take(TID)
        else:
            stop.set()

    reader.watch([1, 2], on_seen, stop, every_seconds=0.05)
    assert {(tag.tid_hex, tag.antenna) for tag in told} == {(TID, 1), (OTHER_TID, 2)}
    assert [tag.tid_hex for tag in reader.inventory(LOOK)] == [OTHER_TID]


def test_what_the_listener_at_a_gate_raises_ends_the_watch_and_the_reader_works_on(reader: Reader) -> None:
    def fail(_batch: Sequence[Seen]) -> None:
        raise KeyError("the house is on fire")

    with pytest.raises(KeyError):
        reader.watch([], fail, threading.Event(), every_seconds=0.02)
    assert len(reader.inventory(LOOK)) == 1


def test_two_threads_take_turns_at_one_reader(emulator: ReaderEmulator, reader: Reader) -> None:
    emulator.put(EmulatedTag(OTHER_TID))
    epcs = {TID: SGTIN_96, OTHER_TID: SGTIN_PLUS}
    writers = [threading.Thread(target=reader.write_and_verify, args=pair) for pair in epcs.items()]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert {tag.tid_hex: tag.epc_hex for tag in emulator.tags()} == epcs


def test_a_reader_that_was_closed_says_so(emulator: ReaderEmulator) -> None:
    with Reader("127.0.0.1", emulator.port) as reader:
        pass
    with pytest.raises(ConnectionLostError, match="not connected"):
        reader.inventory(LOOK)
    assert emulator.requests[-1] == "CLOSE_CONNECTION"


def test_a_reader_is_free_again_after_its_client_has_gone(emulator: ReaderEmulator) -> None:
    for _ in range(3):
        with Reader("127.0.0.1", emulator.port) as reader:
            assert len(reader.inventory(LOOK)) == 1


def seen(tid: str, antenna: int, rssi: int | None, second: int) -> Seen:
    at = datetime(2026, 11, 21, 8, 0, second, tzinfo=UTC)
    return Seen(SGTIN_96, tid, antenna, rssi, 1, at, at)


def test_sightings_are_counted_together_under_the_strongest_antenna() -> None:
    tally = Tally()
    for one in (seen(TID, 1, -60, 3), seen(TID, 2, -50, 1), seen("", 3, None, 2)):
        tally.add(one)
    (together,) = tally.take()
    assert (together.antenna, together.peak_rssi_dbm, together.count) == (2, -50, 3)
    assert (together.first_seen_at.second, together.last_seen_at.second) == (1, 3)


def test_a_sighting_without_tid_is_no_third_tag_where_two_share_an_epc() -> None:
    tally = Tally()
    for one in (seen(TID, 1, -60, 1), seen(OTHER_TID, 1, -60, 2), seen("", 1, -60, 3)):
        tally.add(one)
    assert [tag.tid_hex for tag in tally.take()] == [TID, OTHER_TID]
