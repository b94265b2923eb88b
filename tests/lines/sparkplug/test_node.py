"""What a host knows of an edge node, message by message (Sparkplug specification 3.0.0, chapter 5)."""

from collections.abc import Callable

import pytest

from lines.sparkplug.node import NodeSession, Target, parse_target
from lines.sparkplug.payload import DataType, Metric, Payload, encode_payload

DEVICE = Target("Plant", "Line", "Spreader")
OTHER = Target("Plant", "Line", "Robot")


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Node:
    """Messages of an edge node in their sequence."""

    def __init__(self, hear: Callable[[str, bytes], Payload | None], target: Target = DEVICE) -> None:
        self.hear = hear
        self.target = target
        self.seq = 0

    def says(self, kind: str, *metrics: Metric, device: str | None = "Spreader") -> list[tuple[str | None, object]]:
        topic = f"spBv1.0/Plant/{kind}/Line" + (f"/{device}" if device and kind[0] == "D" else "")
        seq = None if kind == "NDEATH" else self.seq
        payload = self.hear(topic, encode_payload(Payload(metrics, 1, seq)))
        if seq is not None:
            self.seq = (self.seq + 1) % 256
        return [] if payload is None else [(metric.name, metric.value) for metric in payload.metrics]

    def is_born(self, bd_seq: int = 0) -> None:
        self.seq = 0
        self.says("NBIRTH", Metric("bdSeq", bd_seq, DataType.UINT64))
        self.says("DBIRTH", Metric("State", 2, DataType.INT16, alias=1), Metric("Kg", 7.5, DataType.FLOAT))

    def dies(self, bd_seq: int) -> None:
        self.says("NDEATH", Metric("bdSeq", bd_seq, DataType.UINT64))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def session(clock: Clock) -> NodeSession:
    return NodeSession(DEVICE, clock)


@pytest.fixture
def node(session: NodeSession) -> Node:
    return Node(session.hear)


def test_births_define_and_data_by_alias_or_name_follow(session: NodeSession, node: Node) -> None:
    node.is_born()
    assert (session.away, session.wants_rebirth) == (None, None)
    # -2 in the 16 bits of its birth, without its type
    topic, seq = "spBv1.0/Plant/DDATA/Line/Spreader", bytes([0x18, 2])
    payload = session.hear(topic, bytes([0x12, 6, 0x10, 1, 0x50, 0xFE, 0xFF, 0x03]) + seq)
    assert payload is not None
    assert [(m.name, m.value) for m in payload.metrics] == [("State", -2)]
    node.seq = 3
    assert node.says("DDATA", Metric("Kg", 8.5, DataType.FLOAT)) == [("Kg", 8.5)]
    assert session.wants_rebirth is None


def test_who_joins_late_wants_a_rebirth_and_believes_no_data_before_it(session: NodeSession, node: Node) -> None:
    assert session.wants_rebirth == "its births were not heard"
    node.seq = 17
    assert node.says("DDATA", Metric(None, 1, DataType.INT16, alias=1)) == []
    assert session.away == "no birth of Plant/Line/Spreader was heard"
    node.is_born()
    assert (session.away, session.wants_rebirth) == (None, None)


def test_a_missing_message_wants_a_rebirth(session: NodeSession, node: Node) -> None:
    node.is_born()
    node.seq = 5
    node.says("DDATA", Metric("Kg", 9.0, DataType.FLOAT))
    assert session.wants_rebirth == "the messages between 1 and 5 are missing"
    node.is_born()
    assert session.wants_rebirth is None


def test_the_sequence_counts_all_devices_of_a_node_and_goes_round(session: NodeSession, node: Node) -> None:
    node.is_born()
    for _ in range(600):
        node.says("DDATA", Metric("Rpm", 1.0, DataType.FLOAT), device="Robot")
        node.says("NDATA", Metric("Uptime", 1, DataType.UINT32))
    assert session.wants_rebirth is None
    node.seq = (node.seq + 1) % 256
    node.says("DDATA", device="Robot")
    assert session.wants_rebirth is not None


def test_an_alias_that_no_birth_defines_wants_a_rebirth(session: NodeSession, node: Node) -> None:
    node.is_born()
    assert node.says("DDATA", Metric(None, 1, DataType.INT16, alias=99)) == []
    assert session.wants_rebirth == "no birth defines the metric 99"


def test_a_device_that_died_is_away_until_it_is_born_again(session: NodeSession, node: Node) -> None:
    node.is_born()
    node.says("DDEATH")
    assert session.away == "Plant/Line/Spreader is dead, says its edge node (DDEATH)"
    node.says("DBIRTH", Metric("State", 1, DataType.INT16))
    assert session.away is None


def test_the_death_of_another_device_changes_nothing(session: NodeSession, node: Node) -> None:
    node.is_born()
    node.says("DDEATH", device="Robot")
    assert (session.away, session.wants_rebirth) == (None, None)


def test_a_node_that_died_takes_its_devices_along(session: NodeSession, node: Node) -> None:
    node.is_born(bd_seq=3)
    node.dies(bd_seq=3)
    assert session.away == "the edge node Plant/Line is dead (NDEATH)"


def test_the_late_will_of_an_earlier_connection_is_passed_over(session: NodeSession, node: Node) -> None:
    node.is_born(bd_seq=3)
    node.is_born(bd_seq=4)
    node.dies(bd_seq=3)
    assert session.away is None


def test_a_node_that_begins_anew_has_a_moment_to_bear_its_devices(
    session: NodeSession, node: Node, clock: Clock
) -> None:
    node.is_born(bd_seq=3)
    node.seq = 0
    node.says("NBIRTH", Metric("bdSeq", 4, DataType.UINT64))
    assert session.away is None
    clock.now = 6
    assert session.away == "Plant/Line/Spreader was not born again with its node"


def test_a_node_itself_can_be_the_device(clock: Clock) -> None:
    session = NodeSession(Target("Plant", "Line"), clock)
    node = Node(session.hear)
    born = node.says("NBIRTH", Metric("bdSeq", 0, DataType.UINT64), Metric("Uptime", 5, DataType.UINT32, alias=9))
    assert born == [("bdSeq", 0), ("Uptime", 5)]
    node.says("DBIRTH", Metric("State", 2, DataType.INT16))
    assert node.says("NDATA", Metric(None, 6, DataType.UINT32, alias=9)) == [("Uptime", 6)]
    assert (session.away, session.wants_rebirth) == (None, None)


@pytest.mark.parametrize(
    "address", ["mqtt://a", "mqtt://a/Plant", "mqtt://a/Plant/Line/Spreader/More", "mqtt://a/P//D"]
)
def test_an_address_without_group_and_node_is_refused(address: str) -> None:
    with pytest.raises(ValueError):
        parse_target(address)
