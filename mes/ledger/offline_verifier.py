#!/usr/bin/env python3
"""Checks proofs of a precast-mes ledger. Needs Python 3.9 or newer and nothing else; may be copied freely.

检验预制构件事件账本的证明文件。只需 Python 3.9 或更新版本，不依赖其他程序，可自由复制。

    python verify.py FILE... [--key KEY] [--lang zh|en]

FILE is what `mes ledger prove` or `mes ledger checkpoint` wrote. KEY is the plant's public key or its id, as the plant
handed it over (`mes ledger key`); several may be given. Without it the file is checked against the key it brings,
whose id is printed: compare it. Exit 0: everything fits; 1: something does not; 2: wrong use.

The ledger's form is described in docs/contracts/ledger.md of precast-mes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import sys
from typing import Any

WORDS = {
    "json": ("{0}不是 JSON 文件", "{0} is not a JSON file"),
    "format": (
        "{0}不是本程序认识的证明文件（格式或版本）",
        "{0} is no proof file that this program knows",
    ),
    "shape": ("文件缺少内容或内容类型不对：{0}", "the file lacks something, or it is of the wrong type: {0}"),
    "note": ("检查点的文字不符合格式", "the checkpoint's words are not in their form"),
    "key_id": ("检查点写明的公钥编号与公钥不符", "the public key is not the one that the checkpoint names"),
    "signature": (
        "检查点的签名不符：检查点被改动",
        "the signature does not fit: the checkpoint was altered",
    ),
    "other_key": (
        "检查点由公钥 {0} 签名，不是给定的公钥",
        "the checkpoint was signed with the key {0}, which is none of those given",
    ),
    "hash": ("事件 {0}：内容与其哈希不符，内容被改动", "event {0}: the content does not fit its hash: it was altered"),
    "subject": ("事件 {0}：不属于 {1} 的履历", "event {0}: it does not belong to the story of {1}"),
    "chain": (
        "事件 {0}：与前一事件衔接不上，履历中有事件被删除、插入或调换次序",
        "event {0}: it does not follow the one before it: an event of the story was removed, inserted or moved",
    ),
    "order": ("事件 {0}：在账本中的次序不对", "event {0}: it stands in the wrong place of the ledger"),
    "path": ("事件 {0}：不在检查点所签的账本中", "event {0}: it is not in the ledger that the checkpoint signs"),
    "empty": ("证明中没有任何事件", "the proof holds no event"),
    "origin": ("两个检查点属于不同的账本", "the two checkpoints are of different ledgers"),
    "consistent": (
        "新检查点不是旧检查点的延续：旧账本被改动",
        "the newer checkpoint does not continue the older one: what the older one held was altered",
    ),
    "ok_checkpoint": ("检查点有效：{0}，{1} 个事件，{2}", "the checkpoint is valid: {0}, {1} events, {2}"),
    "ok_story": (
        "{0}：直至 {3} 共 {1} 个事件，无一被改动、删除、插入或调换次序；均在 {2} 的检查点之内",
        "{0}: {1} events up to {3}, none altered, removed, inserted or moved; all in the checkpoint of {2}",
    ),
    "ok_consistency": (
        "新检查点（{1} 个事件）是旧检查点（{0} 个事件）的延续",
        "the newer checkpoint ({1} events) continues the older one ({0} events)",
    ),
    "event": ("{0}. {1} {2}", "{0}. {1} {2}"),
    "end": (
        "此后是否另有事件，任何证明都无法说明：请向工厂索取最新的证明",
        "whether anything followed the last of them, no proof can show: ask the plant for its newest one",
    ),
    "later": (
        "工厂另称：该检查点之后还有 {0} 个事件，不在此证明之内",
        "the plant says that {0} further events followed this checkpoint; they are not part of this proof",
    ),
    "compare": (
        "签名公钥编号 {0}：请与工厂交付的公钥核对",
        "signed with the key {0}: compare it with the one that the plant handed over",
    ),
    "key": ("签名公钥编号 {0}：与给定的公钥一致", "signed with the key {0}: it is one of those given"),
}


class Refused(Exception):
    """What does not fit: a word of WORDS and its values."""


# Ed25519 after RFC 8032, section 5.1.7 and its appendix: verification only, so nothing here is secret.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
BASE_Y = 4 * pow(5, P - 2, P) % P


def recover_x(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


Point = tuple[int, int, int, int]  # extended homogeneous coordinates
BASE_X = recover_x(BASE_Y, 0) or 0
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def add(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(factor: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = add(result, point)
        point, factor = add(point, point), factor >> 1
    return result


def same_point(one: Point, other: Point) -> bool:
    return not ((one[0] * other[2] - other[0] * one[2]) % P or (one[1] * other[2] - other[1] * one[2]) % P)


def point_of(octets: bytes) -> Point | None:
    y = int.from_bytes(octets, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def ed25519_fits(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature of 64 bytes over the message is that of the public key of 32 bytes."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, commitment = point_of(public_key), point_of(signature[:32])
    response = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or response >= L:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % L
    return same_point(multiply(response, BASE), add(commitment, multiply(challenge, key)))


# The Merkle tree of RFC 9162, section 2.1.


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of_inclusion(entry: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf_hash(entry)
    for sister in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(sister, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sister)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def roots_of_consistency(old_size: int, size: int, old_root: bytes, path: list[bytes]) -> tuple[bytes, bytes] | None:
    if not 0 < old_size <= size:
        return None
    if old_size == size:
        return None if path else (old_root, old_root)
    steps = list(path) if old_size & (old_size - 1) else [old_root, *path]
    if not steps:
        return None
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = steps[0]
    for sister in steps[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            older, newer = node_hash(sister, older), node_hash(sister, newer)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            newer = node_hash(newer, sister)
        place, last = place >> 1, last >> 1
    return (older, newer) if last == 0 else None


NOTE = re.compile(
    "(precast-mes/ledger/[0-9a-f-]{36})\n([1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n"
    "last ([1-9][0-9]{0,18})\ntime ([0-9T:.-]{23}Z)\nkey ([0-9a-f]{64})\n"
)


class Checkpoint:
    """What a checkpoint says, once its signature is known to fit."""

    def __init__(self, kept: Any, keys: frozenset[str]) -> None:
        if kind_of(kept) != "checkpoint":
            raise Refused("format", "checkpoint")
        public_key = octets_of(kept["public_key"])
        text, _, line = kept["note"].partition("\n\n— ")
        found = NOTE.fullmatch(text + "\n")
        signed = re.fullmatch("([^ \n]+) ([A-Za-z0-9+/=]+)\n", line)
        if found is None or signed is None or signed[1] != found[1]:
            raise Refused("note")
        self.origin, self.events, self.last = found[1], int(found[2]), int(found[4])
        self.root, self.time, self.key_id = base64.b64decode(found[3]), found[5], found[6]
        if hashlib.sha256(public_key).hexdigest() != self.key_id:
            raise Refused("key_id")
        signature = octets_of(signed[2])
        name = hashlib.sha256(self.origin.encode() + b"\n\x01" + public_key).digest()[:4]
        if signature[:4] != name or not ed25519_fits(public_key, (text + "\n").encode(), signature[4:]):
            raise Refused("signature")
        if keys and self.key_id not in keys:
            raise Refused("other_key", self.key_id)


def kind_of(kept: Any) -> str:
    name, version = kept["format"], kept["version"]
    known = ("checkpoint", "element-proof", "consistency-proof")
    if name[:12] != "precast-mes/" or name[12:] not in known or not is_number(version) or version != 1:
        raise Refused("format", name)
    return str(name[12:])


def is_number(value: Any) -> bool:
    return type(value) is int and value >= 0


def hash_of(text: Any) -> bytes:
    """The 32 bytes of a hash in its one spelling."""
    if re.fullmatch("[0-9a-f]{64}", text) is None:
        raise ValueError("no hash: " + repr(text)[:80])
    return bytes.fromhex(text)


def octets_of(text: str) -> bytes:
    """The bytes of Base64 in its one spelling."""
    octets = base64.b64decode(text, validate=True)
    if base64.b64encode(octets).decode() != text:
        raise ValueError("not the one spelling of its Base64: " + text[:80])
    return octets


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, of which each key stands once: readers would else disagree about what it says."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in an object")
    return found


def check_story(kept: Any, keys: frozenset[str]) -> tuple[list[tuple[Any, ...]], Checkpoint]:
    checkpoint, subject = Checkpoint(kept["checkpoint"], keys), kept["subject"]
    before, place, lines = None, -1, []
    for number, event in enumerate(kept["events"], start=1):
        text = event["content"]
        if hashlib.sha256(text.encode()).hexdigest() != event["hash"]:
            raise Refused("hash", number)
        content = json.loads(text, object_pairs_hook=once)
        previous = content["previous"]
        if subject not in previous:
            raise Refused("subject", number, subject)
        if not is_number(event["ordinal"]) or not is_number(event["leaf"]):
            raise ValueError("ordinal and leaf are numbers")
        if event["ordinal"] != number or not previous[subject] == event["previous"] == before:
            raise Refused("chain", number)
        if not place < event["leaf"] < checkpoint.events:
            raise Refused("order", number)
        before, place = event["hash"], event["leaf"]
        path = [hash_of(part) for part in event["path"]]
        if root_of_inclusion(hash_of(before), place, checkpoint.events, path) != checkpoint.root:
            raise Refused("path", number)
        lines.append(("event", number, content["event_time"], content["kind"]))
    if not lines:
        raise Refused("empty")
    if not is_number(kept["later_events"]):
        raise ValueError("later_events is a number")
    said: list[tuple[Any, ...]] = [("ok_story", subject, len(lines), checkpoint.time, lines[-1][2]), *lines]
    if kept["later_events"]:
        said.append(("later", kept["later_events"]))
    return [*said, ("end",)], checkpoint


def check_consistency(kept: Any, keys: frozenset[str]) -> tuple[list[tuple[Any, ...]], Checkpoint]:
    older, newer = Checkpoint(kept["older"], keys), Checkpoint(kept["newer"], keys)
    if older.origin != newer.origin:
        raise Refused("origin")
    path = [hash_of(part) for part in kept["path"]]
    if roots_of_consistency(older.events, newer.events, older.root, path) != (older.root, newer.root):
        raise Refused("consistent")
    return [("ok_consistency", older.events, newer.events)], newer


def check(kept: Any, keys: frozenset[str] = frozenset()) -> list[tuple[Any, ...]]:
    """The sentences that a file earns, as words of WORDS with their values.

    Raises:
        Refused: something does not fit; names the first thing.
    """
    try:
        kind = kind_of(kept)
        if kind == "checkpoint":
            checkpoint = Checkpoint(kept, keys)
            said: list[tuple[Any, ...]] = [("ok_checkpoint", checkpoint.origin, checkpoint.events, checkpoint.time)]
        elif kind == "element-proof":
            said, checkpoint = check_story(kept, keys)
        else:
            said, checkpoint = check_consistency(kept, keys)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise Refused("shape", error) from error
    return [*said, ("key" if keys else "compare", checkpoint.key_id)]


def key_id_of(given: str) -> str:
    """The id of a key that is given as its id, or as its 32 bytes in Base64."""
    if re.fullmatch("[0-9a-f]{64}", given):
        return given
    octets = base64.b64decode(given, validate=True)
    if len(octets) != 32:
        raise ValueError("an Ed25519 public key has 32 bytes")
    return hashlib.sha256(octets).hexdigest()


def say(lang: str, word: str, *values: Any) -> str:
    chinese, english = (words.format(*values) for words in WORDS[word])
    both = chinese if chinese == english else chinese + "\n  " + english
    return {"zh": chinese, "en": english}.get(lang, both)


def verdict(name: str, keys: frozenset[str]) -> tuple[bool, list[tuple[Any, ...]]]:
    """Whether everything in a file fits, and the sentences about it."""
    try:
        with open(name, encoding="utf-8") as file:
            return True, check(json.load(file, object_pairs_hook=once), keys)
    except Refused as error:
        return False, [error.args]
    except (ValueError, RecursionError):
        return False, [("json", name)]


def main(arguments: list[str]) -> int:
    files, keys, lang = [], set(), ""
    waiting = list(arguments)
    while waiting:
        one = waiting.pop(0)
        if one in ("--key", "--lang") and waiting:
            value = waiting.pop(0)
            if one == "--lang":
                lang = value
            else:
                keys.add(key_id_of(value))
        else:
            files.append(one)
    if not files or any(name.startswith("-") for name in files):
        print(__doc__)
        return 2
    wrong = False
    for name in files:
        fits, said = verdict(name, frozenset(keys))
        wrong = wrong or not fits
        print(name + ("  ✓" if fits else "  ✗"))
        for sentence in said:
            print("  " + say(lang, *sentence))
    return 1 if wrong else 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
