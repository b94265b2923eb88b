"""Names of a plant that is no member of GS1: ``{"local": "OWNER/kind/reference"}``, visibly not GS1.

OWNER is the unified social credit code of the company. As a URI: ``https://precast-mes.org/id/OWNER/kind/reference``,
or the same path on the plant's own address. As a tag: 96 bits of a layout of this project (data file beside this
module), led by a header that the EPC Tag Data Standard gives to nobody, so that no EPC reader takes it for GS1.
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import yaml

from labels.errors import CharacterError, KeyFormatError, ReferenceLengthError, SerialError, TagDataError
from labels.keys.credit_code import require_credit_code
from labels.keys.gs1 import Key, is_digits
from labels.tags.bits import BitReader, BitWriter

LOCAL = "local"
"""The name under which a local key stands where GS1 keys have an application identifier."""

_TAG_DIGITS = 24
_CRC_START = 0xFFFF


class NoLocalKeyError(KeyFormatError):
    """A text that has not the form of a local key at all."""


@dataclass(frozen=True)
class LocalName:
    """A local key in its three parts."""

    owner: str
    kind: str
    reference: str


@dataclass(frozen=True)
class LocalTag:
    """What a local tag can carry: the kind, the number, and a hash of its owner (see ``owner_hash``)."""

    owner_hash: int
    kind: str
    number: int

    def belongs_to(self, owner: str) -> bool:
        """Whether the tag can be of this owner; two owners in a milliard share a hash."""
        return self.owner_hash == owner_hash(owner)

    def key(self, owner: str) -> Key:
        """The key the tag stands for. Raises TagDataError where the owner is another."""
        if not self.belongs_to(owner):
            raise TagDataError(f"The tag belongs to another company than {owner}")
        return local_key(owner, self.kind, str(self.number))


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("labels.keys").joinpath("local.yaml").read_text("utf-8"))
    return loaded


def local_kinds() -> tuple[str, ...]:
    """The kinds of things that have local names."""
    return tuple(_data()["kinds"])


def is_local(key: Mapping[str, str]) -> bool:
    """Whether a key is of the local scheme."""
    return LOCAL in key


def local_key(owner: str, kind: str, reference: str) -> Key:
    """The checked local key. Raises CreditCodeError, KeyFormatError, ReferenceLengthError or CharacterError."""
    require_credit_code(owner)
    if kind not in local_kinds():
        raise KeyFormatError(f"{kind!r} is no kind of local key; kinds are {', '.join(local_kinds())}")
    _require_reference(kind, reference)
    return {LOCAL: f"{owner}/{kind}/{reference}"}


def _require_reference(kind: str, reference: str) -> None:
    longest = _data()["reference_longest"]
    if not 1 <= len(reference) <= longest:
        raise ReferenceLengthError(
            f"The {kind} reference {reference!r} must have 1 to {longest} characters, it has {len(reference)}"
        )
    for character in reference:
        if character not in _data()["reference_characters"]:
            raise CharacterError(
                f"The {kind} reference {reference!r} holds {character!r}; letters A-Z, digits and - . _ ~ are allowed"
            )
    if not reference.strip("."):
        raise CharacterError(f"The {kind} reference {reference!r} must not be dots only: addresses lose them")


def local_name(key: Mapping[str, str]) -> LocalName:
    """The parts of a local key, checked. Raises NoLocalKeyError where it is none, else the error of the wrong part."""
    if set(key) != {LOCAL}:
        raise NoLocalKeyError(f"{dict(key)} is no local key")
    parts = key[LOCAL].split("/")
    if len(parts) != 3:
        raise NoLocalKeyError(f"A local key has three parts (owner/kind/reference), not {key[LOCAL]!r}")
    owner, kind, reference = parts[0].upper(), parts[1], parts[2]
    local_key(owner, kind, reference)
    return LocalName(owner, kind, reference)


def check_local(key: Mapping[str, str]) -> Key:
    """The same key, checked, with the owner in capitals."""
    name = local_name(key)
    return local_key(name.owner, name.kind, name.reference)


def local_path(key: Mapping[str, str]) -> str:
    """The path of a local key on any address: ``/id/OWNER/kind/reference``."""
    return f"/{_data()['path']}/{check_local(key)[LOCAL]}"


def local_identity(key: Mapping[str, str]) -> str:
    """The canonical URI of a local key."""
    return f"{_data()['identity_domain']}{local_path(key)}"


def key_of_path(path: str) -> Key:
    """The local key at the end of a path such as ``/id/OWNER/kind/reference``.

    Raises NoLocalKeyError where no such path stands there, else the error of the wrong part.
    """
    segments = path.rstrip("/").split("/")
    if len(segments) < 5 or segments[-4] != _data()["path"] or segments[-2] not in local_kinds():
        raise NoLocalKeyError(f"{path!r} does not end in /{_data()['path']}/OWNER/kind/reference")
    return check_local({LOCAL: "/".join(segments[-3:])})


def owner_hash(owner: str) -> int:
    """The leading bits of the SHA-256 of the credit code, as a tag holds them."""
    require_credit_code(owner)
    digest = int.from_bytes(sha256(owner.encode("ascii")).digest(), "big")
    return digest >> (256 - int(_data()["tag"]["owner_bits"]))


def local_tag_hex(key: Mapping[str, str]) -> str:
    """The EPC memory (six words) of a local key, as 24 hexadecimal digits.

    Raises SerialError where the reference is not a number, has leading zeros or is too large: the layout has no
    room for letters. Such a thing can have a label, but no tag of this scheme.
    """
    name, layout = local_name(key), _data()["tag"]
    writer = BitWriter()
    writer.put(layout["header"], 8)
    writer.put(_data()["kinds"][name.kind], layout["kind_bits"])
    writer.put(owner_hash(name.owner), layout["owner_bits"])
    writer.put(_tag_number(name, layout["number_bits"]), layout["number_bits"])
    return f"{writer.hex()}{_crc(writer.hex()):04X}"


def _tag_number(name: LocalName, width: int) -> int:
    reference = name.reference
    if not is_digits(reference) or (reference != "0" and reference.startswith("0")):
        raise SerialError(
            f"A local tag carries numbers without leading zeros only, not the {name.kind} reference {reference!r}"
        )
    if int(reference) >= 1 << width:
        raise SerialError(f"The number {reference} is too large for a local tag, up to {(1 << width) - 1} fit")
    return int(reference)


def read_local_tag(text: str) -> LocalTag:
    """What a local tag says. Raises TagDataError where it is none, or was misread or miswritten."""
    digits, layout = text.strip().upper(), _data()["tag"]
    if not is_local_tag(digits):
        raise TagDataError(f"{text!r} is no local tag: 24 hexadecimal digits that begin with {layout['header']:02X}")
    reader = BitReader(digits)
    reader.take(8)
    number_of_kind = reader.take(layout["kind_bits"])
    owner, number = reader.take(layout["owner_bits"]), reader.take(layout["number_bits"])
    if reader.take(layout["check_bits"]) != _crc(digits[:-4]):
        raise TagDataError(f"The check value of the local tag {digits} is wrong: it was misread or miswritten")
    kind = next((name for name, known in _data()["kinds"].items() if known == number_of_kind), None)
    if kind is None:
        raise TagDataError(f"The local tag {digits} is of the kind {number_of_kind}, which is not known here")
    return LocalTag(owner, kind, number)


def is_local_tag(text: str) -> bool:
    """Whether hexadecimal text has the length and the header of a local tag."""
    header = f"{_data()['tag']['header']:02X}"
    return len(text) == _TAG_DIGITS and text.upper().startswith(header) and _is_hexadecimal(text)


def _is_hexadecimal(text: str) -> bool:
    return all(character in "0123456789ABCDEFabcdef" for character in text)


def _crc(hexadecimal: str) -> int:
    """CRC-16 as the air interface has it (ISO/IEC 18000-63, annex F): start FFFF, polynomial 1021, inverted."""
    return crc_hqx(bytes.fromhex(hexadecimal), _CRC_START) ^ 0xFFFF
