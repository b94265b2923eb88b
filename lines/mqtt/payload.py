"""Where a value lies in what a machine publishes, and how it is written there: JSON with a pointer, or plain text."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from lines.mqtt.endpoint import check_topic
from lines.profile import Kind, Value, ValueType
from lines.values import DecodeError

MAX_JSON_BYTES = 256 * 1024
_MILLISECONDS_FROM = 1e11  # seconds since 1970 of the year 5138, milliseconds of 1973
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INDEX = re.compile(r"0|[1-9][0-9]*")
_YES, _NO = {"true", "1", "on"}, {"false", "0", "off"}


class MemberMissingError(LookupError):
    """A document that does not have the member that a pointer leads to: this message does not tell it."""


@dataclass(frozen=True, slots=True)
class TopicAddress:
    """A topic, and the pointer to the value in the JSON published there; without one the payload is the value."""

    topic: str
    pointer: tuple[str, ...] | None

    def __str__(self) -> str:
        return self.topic if self.pointer is None else f"{self.topic}#{pointer_text(self.pointer)}"


def parse_topic_address(address: str) -> TopicAddress:
    """``topic#/json/pointer`` or ``topic``. Raises ``ValueError``."""
    topic, sign, pointer = address.partition("#")
    check_topic(topic)
    if sign and topic.endswith("/"):
        raise ValueError(f"{address!r} is a wildcard: a point needs a topic of its own, topic#/json/pointer")
    return TopicAddress(topic, parse_pointer(pointer) if sign else None)


def parse_pointer(text: str) -> tuple[str, ...]:
    """A JSON pointer (RFC 6901) as its reference tokens. Raises ``ValueError``."""
    if text and not text.startswith("/"):
        raise ValueError(f"{text!r} is no JSON pointer: it begins with / (RFC 6901)")
    if re.search(r"~(?![01])", text):
        raise ValueError(f"{text!r} is no JSON pointer: ~ is written ~0, / in a name ~1 (RFC 6901)")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in text.split("/")[1:])


def pointer_text(tokens: tuple[str, ...]) -> str:
    """Reference tokens as a JSON pointer."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def read_json(payload: bytes) -> object:
    """The document of a payload. Raises :class:`lines.values.DecodeError`."""
    if len(payload) > MAX_JSON_BYTES:
        raise DecodeError(f"a payload of {len(payload)} bytes is no message of a machine")
    try:
        return json.loads(payload, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"the payload is no JSON: {_beginning(payload)}") from error


def member(document: object, pointer: tuple[str, ...]) -> object:
    """What a pointer leads to. Raises :class:`MemberMissingError`."""
    found = document
    for token in pointer:
        if isinstance(found, dict) and token in found:
            found = found[token]
        elif isinstance(found, list) and _INDEX.fullmatch(token) and int(token[:9]) < len(found):
            found = found[int(token[:9])]
        else:
            raise MemberMissingError(f"the payload has no member {pointer_text(pointer)}")
    return found


def read_plain(payload: bytes, value_type: ValueType, encoding: str) -> object:
    """The value that a whole payload is. Raises :class:`lines.values.DecodeError`."""
    try:
        text = payload.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise DecodeError(f"the payload is no {encoding} text: {_beginning(payload)}") from error
    if value_type.kind is Kind.STRING:
        return text
    word = text.strip().lower()
    if value_type.kind in {Kind.BOOL, Kind.BIT} and word in _YES | _NO:
        return word in _YES
    try:
        return int(word) if re.fullmatch(r"[+-]?\d{1,30}", word) else _finite(float(word))
    except (ValueError, OverflowError) as error:
        raise DecodeError(f"the payload is no {value_type}: {_beginning(payload)}") from error


def read_time(given: object) -> datetime:
    """A machine's time: text of ISO 8601 with its offset, or seconds or milliseconds since 1970 UTC.

    Raises :class:`lines.values.DecodeError`.
    """
    try:
        if isinstance(given, str):
            time = datetime.fromisoformat(given)
            if time.tzinfo is not None:
                return time.astimezone(UTC)
        elif isinstance(given, int | float) and not isinstance(given, bool):
            seconds = given / 1000 if abs(given) >= _MILLISECONDS_FROM else given
            return _EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        pass
    raise DecodeError(
        f"{str(given)[:40]!r} is no time (ISO 8601 with an offset, or seconds or milliseconds since 1970)"
    )


def write_command(address: TopicAddress, raw: Value, encoding: str) -> bytes:
    """The payload of a command: the value where the pointer says, or the value alone.

    Raises ``UnicodeEncodeError``, a ``ValueError``, for text that the encoding does not have.
    """
    if address.pointer is None:
        return (str(raw).lower() if isinstance(raw, bool) else str(raw)).encode(encoding)
    document: object = raw
    for token in reversed(address.pointer):
        document = {token: document}
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def put(document: dict[str, object], pointer: tuple[str, ...], value: object) -> None:
    """Put a value into a document where a pointer says, making the objects on the way."""
    *way, last = pointer
    place: dict[str, object] = document
    for token in way:
        inner = place.setdefault(token, {})
        if not isinstance(inner, dict):
            raise ValueError(f"{pointer_text(pointer)} leads through a value")
        place = inner
    place[last] = value


def group_by_topic(addresses: Mapping[str, TopicAddress]) -> dict[str, list[str]]:
    """Names by the topic that tells them."""
    topics: dict[str, list[str]] = {}
    for name, address in addresses.items():
        topics.setdefault(address.topic, []).append(name)
    return topics


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _beginning(payload: bytes) -> str:
    return repr(payload[:40].decode(errors="replace")) + ("…" if len(payload) > 40 else "")
