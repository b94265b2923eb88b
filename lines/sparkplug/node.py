"""What is known of an edge node and of one device behind it, from the messages heard.

After the Sparkplug specification 3.0.0, chapter 5: births define metrics and aliases, deaths end them (a node's only
when its bdSeq is that of its birth), and a message missing in the sequence asks for a rebirth.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum

from lines.mqtt.endpoint import BrokerEndpoint, check_topic, parse_endpoint
from lines.sparkplug.payload import (
    DataType,
    Metric,
    Payload,
    ValueField,
    decode_payload,
    decode_seq,
    encode_payload,
    interpret,
)
from lines.sparkplug.wire import WireError

NAMESPACE = "spBv1.0"
REBIRTH = "Node Control/Rebirth"
BIRTH_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Target:
    """An edge node, or a device behind one."""

    group: str
    node: str
    device: str | None = None

    @property
    def everything(self) -> str:
        """The topics of everything that the node and its devices publish or are told."""
        return f"{NAMESPACE}/{self.group}/+/{self.node}/#"

    @property
    def node_commands(self) -> str:
        """The topic of the node's own commands."""
        return f"{NAMESPACE}/{self.group}/NCMD/{self.node}"

    @property
    def commands(self) -> str:
        """The topic of the target's commands."""
        return self.node_commands if self.device is None else self.topic("DCMD")

    def topic(self, kind: str) -> str:
        """The target's topic of a kind of message, such as ``DDATA``."""
        return f"{NAMESPACE}/{self.group}/{kind}/{self.node}" + (f"/{self.device}" if self.device else "")

    def __str__(self) -> str:
        return "/".join(part for part in (self.group, self.node, self.device) if part)


def parse_target(address: str) -> tuple[BrokerEndpoint, Target]:
    """``mqtt://host:1883/GROUP/NODE/DEVICE`` or ``…/GROUP/NODE``. Raises ``ValueError``."""
    endpoint = parse_endpoint(address)
    parts = endpoint.path.split("/")
    if len(parts) not in {2, 3} or not all(parts):
        raise ValueError(f"{address!r} names no edge node: write mqtt://host:1883/GROUP/NODE/DEVICE or …/GROUP/NODE")
    for part in parts:
        check_topic(part)
    return replace(endpoint, path=""), Target(*parts)


def rebirth_request(now_ms: int) -> bytes:
    """The command that asks a node for new births."""
    return encode_payload(Payload((Metric(REBIRTH, True, DataType.BOOLEAN, time_ms=now_ms),), now_ms))


class Life(Enum):
    """Whether the target is there."""

    UNKNOWN = "unknown"
    BORN = "born"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Definition:
    """What a birth said of a metric."""

    data_type: int | None
    alias: int | None
    field: ValueField | None


class NodeSession:
    """Follows a node. ``wants_rebirth`` says why its births are needed anew, None where they are not."""

    def __init__(self, target: Target, clock: Callable[[], float] = time.monotonic) -> None:
        self.wants_rebirth: str | None = "its births were not heard"
        self.metrics: dict[str, Definition] = {}
        self._target = target
        self._clock = clock
        self._life = Life.UNKNOWN
        self._reason = f"no birth of {target} was heard"
        self._seq: int | None = None
        self._bd_seq: object = None
        self._names: dict[int, str] = {}
        self._birth_due: float | None = None

    @property
    def away(self) -> str | None:
        """Why the target is not there, or None."""
        if self._birth_due is not None and self._clock() > self._birth_due:
            self._die(f"{self._target} was not born again with its node")
        return None if self._life is Life.BORN else self._reason

    def hear(self, topic: str, data: bytes) -> Payload | None:
        """Take a message: what it tells of the target, each metric with its name and type, or None.

        Raises :class:`lines.sparkplug.wire.WireError` where a message of the target cannot be read.
        """
        parts = topic.split("/")
        kind, device = parts[2], "/".join(parts[4:]) or None
        if kind in {"NBIRTH", "NDEATH"}:
            return self._node_life(kind, decode_payload(data))
        if kind not in {"DBIRTH", "DDEATH", "NDATA", "DDATA"}:
            return None
        if device != self._target.device:
            self._count_foreign(data)
            return None
        payload = decode_payload(data)
        self._count(payload.seq)
        if kind == "DDEATH":
            self._die(f"{self._target} is dead, says its edge node (DDEATH)")
            return None
        return self._born(payload) if kind == "DBIRTH" else self._data(payload)

    def _node_life(self, kind: str, payload: Payload) -> Payload | None:
        found = payload.metric("bdSeq")
        bd_seq = found.value if found else None
        if kind == "NDEATH":
            if self._bd_seq is None or bd_seq == self._bd_seq:
                self._seq = None
                self._die(f"the edge node {self._target.group}/{self._target.node} is dead (NDEATH)")
            return None
        self._bd_seq, self._seq, self.wants_rebirth = bd_seq, payload.seq, None
        if self._target.device is None:
            return self._born(payload)
        self._birth_due = self._clock() + BIRTH_GRACE_SECONDS
        return None

    def _born(self, payload: Payload) -> Payload:
        self._life, self._birth_due, self.wants_rebirth = Life.BORN, None, None
        named = [metric for metric in payload.metrics if metric.name is not None]
        self.metrics = {m.name: Definition(m.data_type, m.alias, m.field) for m in named if m.name is not None}
        self._names = {m.alias: m.name for m in named if m.alias is not None and m.name is not None}
        return replace(payload, metrics=tuple(named))

    def _data(self, payload: Payload) -> Payload | None:
        if self._life is not Life.BORN:
            self.wants_rebirth = self.wants_rebirth or "it publishes without a birth"
            return None
        metrics = [named for metric in payload.metrics if (named := self._named(metric))]
        return replace(payload, metrics=tuple(metrics))

    def _named(self, metric: Metric) -> Metric | None:
        name = metric.name
        if name is None and metric.alias is not None:
            name = self._names.get(metric.alias)
        definition = self.metrics.get(name) if name is not None else None
        if definition is None:
            self.wants_rebirth = self.wants_rebirth or f"no birth defines the metric {name or metric.alias}"
            return None
        data_type = metric.data_type if metric.data_type is not None else definition.data_type
        value = metric.value
        if metric.data_type is None and data_type is not None and value is not None:
            with suppress(ValueError):  # Of another type than its birth says: whoever takes the value finds out.
                value = interpret(value, data_type)
        return Metric(
            name,
            value,
            data_type,
            metric.alias,
            metric.time_ms,
            metric.is_historical,
            metric.is_readable,
            metric.quality,
            metric.field,
        )

    def _count_foreign(self, data: bytes) -> None:
        try:
            self._count(decode_seq(data))
        except WireError:
            self._seq = None  # Another device's garbage; where the sequence goes on is not known.

    def _count(self, seq: int | None) -> None:
        if seq is None:
            return
        if self._seq is not None and seq != (self._seq + 1) % 256:
            self.wants_rebirth = f"the messages between {self._seq} and {seq} are missing"
        self._seq = seq

    def _die(self, reason: str) -> None:
        self._life, self._reason, self._birth_due = Life.DEAD, reason, None
