"""Judging a city's signatures: the text that must have been signed, and whether the signature is of it."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes

from mes.traceability.sandbox.cities.keys import CityKeys
from mes.traceability.sandbox.cities.reading import Plain, PlayedCity, parts_of
from mes.traceability.sandbox.cities.wire import Wire

_DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303 - as cities sign
    "sha1": hashes.SHA1(),  # noqa: S303 - as cities sign
    "sha256": hashes.SHA256(),
    "sm3": hashes.SM3(),
}
_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


def body_places(city: PlayedCity, wire: Wire) -> dict[str, str]:
    """The body, as texts to be signed have it."""
    rule = city.request.get("body_digest", {})
    minified = wire.body
    if wire.raw and wire.form == "json":
        minified = json.dumps(json.loads(wire.body), ensure_ascii=False, separators=(",", ":"))
    digest = _digest(rule.get("algorithm", "sha256"), wire.raw)
    return {"body": wire.body, "body_minified": minified, "body_digest": _written(digest, rule.get("encoding", "hex"))}


def signed_text(city: PlayedCity, wire: Wire, known: Mapping[str, str], keys: CityKeys) -> str:
    """The text whose signature is expected; `known` are the values of its places."""
    signature: Plain = city.signature or {}
    rule, secret = signature["text"], keys.secrets[signature["secret"]]
    places = {**known, "secret": secret}
    if "template" in rule:
        text = _filled(rule["template"], places)
    else:
        pairs = [(pair["name"], _filled(pair["value"], places)) for pair in rule.get("pairs", ())]
        for place in rule.get("include", ()):
            pairs += [(name, text) for name, text in _came(city, wire, place) if name not in rule.get("leave_out", ())]
        text = _joined(rule, pairs, secret)
    return {"upper": text.upper(), "lower": text.lower()}.get(rule.get("case", "keep"), text)


def signature_fits(city: PlayedCity, given: str, text: str, keys: CityKeys) -> bool:
    """Whether a signature is the one that the file and the secret make of a text."""
    rule = city.signature or {}
    algorithm, secret = rule["algorithm"], keys.secrets[rule["secret"]]
    if algorithm == "sm2-sm3":
        return _sm2_fits(rule, given, text.encode(), secret)
    if algorithm.startswith("hmac-"):
        key = _key(secret, rule.get("secret_encoding", "utf-8"))
        made = _keyed_digest(algorithm.removeprefix("hmac-"), key, text.encode())
    else:
        made = _digest(algorithm, text.encode())
    return hmac.compare_digest(_written(made, rule.get("encoding", "hex")).encode(), given.encode())


def _came(city: PlayedCity, wire: Wire, place: str) -> list[tuple[str, str]]:
    """The named values of a place as they came, without the signature."""
    signing = {p.name for p in city.parameters if p.place == place and p.carries_signature}
    if place == "header":
        own = [p for p in city.parameters if p.place == "header" and p.name not in signing]
        return [(p.name, text) for p in own if (text := wire.text_of(p)) is not None]
    if place == "query":
        return [(name, text) for name, text in wire.query.items() if name not in signing]
    return [
        (name, "" if member.value is None and _skips_empty(city) else member.text)
        for name, member in wire.members.items()
        if name not in signing
    ]


def _skips_empty(city: PlayedCity) -> bool:
    return bool((city.signature or {})["text"].get("skip_empty", "true") == "true")


def _joined(rule: Plain, pairs: list[tuple[str, str]], secret: str) -> str:
    kept = [pair for pair in pairs if pair[1] != ""] if rule.get("skip_empty", "true") == "true" else list(pairs)
    at, own = rule.get("secret_at", "none"), (rule.get("secret_name", "key"), secret)
    kept += [own] if at == "parameter" else []
    order = rule.get("sort", "name")
    if order == "name":
        kept.sort(key=lambda pair: pair[0].encode())
    elif order == "name_ignoring_case":
        kept.sort(key=lambda pair: (pair[0].casefold(), pair[0]))
    elif order == "value":
        kept.sort(key=lambda pair: pair[1].encode())
    kept += [own] if at == "last_parameter" else []
    between = rule.get("between_name_and_value", "=") if rule.get("names", "true") == "true" else None
    written = []
    for name, value in kept:
        escaped = quote(value, safe="-._~") if rule.get("escape") == "url" else value
        written.append(escaped if between is None else f"{name}{between}{escaped}")
    text, glue = str(rule.get("between_pairs", "&")).join(written), str(rule.get("between_secret", ""))
    before = secret + glue if at in ("prefix", "both") else ""
    return before + text + (glue + secret if at in ("suffix", "both") else "")


def _filled(template: str, places: Mapping[str, str]) -> str:
    return "".join(places.get(part, "") if is_place else part for part, is_place in parts_of(template))


def _digest(algorithm: str, content: bytes) -> bytes:
    made = hashes.Hash(_DIGESTS[algorithm])
    made.update(content)
    return made.finalize()


def _keyed_digest(algorithm: str, key: bytes, content: bytes) -> bytes:
    """RFC 2104, step by step; all of these digests work on blocks of 64 bytes."""
    padded = (_digest(algorithm, key) if len(key) > 64 else key).ljust(64, b"\0")
    inner = _digest(algorithm, bytes(byte ^ 0x36 for byte in padded) + content)
    return _digest(algorithm, bytes(byte ^ 0x5C for byte in padded) + inner)


def _written(made: bytes, encoding: str) -> str:
    if encoding in ("base64", "base64url"):
        text = base64.b64encode(made).decode()
        return text.translate(str.maketrans("+/", "-_")) if encoding == "base64url" else text
    return made.hex().upper() if encoding == "HEX" else made.hex()


def _key(secret: str, encoding: str) -> bytes:
    if encoding == "hex":
        return bytes.fromhex(secret)
    return base64.b64decode(secret) if encoding == "base64" else secret.encode()


def _sm2_fits(rule: Plain, given: str, content: bytes, secret: str) -> bool:
    from gmssl import sm2  # pure Python and slow to load: only where a city signs so

    try:
        raw = _bytes_of(given, rule.get("encoding", "hex"))
        r, s = _der(raw) if rule.get("sm2", {}).get("form", "rs") == "der" else (_number(raw[:32]), _number(raw[32:]))
        private = secret if rule.get("secret_encoding", "utf-8") != "base64" else base64.b64decode(secret).hex()
    except (ValueError, IndexError, binascii.Error):
        return False
    if not (0 < r < _ORDER and 0 < s < _ORDER):
        return False
    judge = sm2.CryptSM2(private_key=private, public_key="")
    judge.public_key = judge._kg(int(private, 16), sm2.default_ecc_table["g"])
    return bool(judge.verify_with_sm3(f"{r:064x}{s:064x}", content))


def _bytes_of(text: str, encoding: str) -> bytes:
    if encoding in ("hex", "HEX"):
        return bytes.fromhex(text)
    return base64.b64decode(text.translate(str.maketrans("-_", "+/")), validate=True)


def _der(raw: bytes) -> tuple[int, int]:
    """r and s of an ASN.1 sequence of two integers."""
    if raw[0] != 0x30 or raw[1] != len(raw) - 2 or raw[2] != 2 or raw[4 + raw[3]] != 2:
        raise ValueError("no sequence of two integers")
    first, rest = raw[4 : 4 + raw[3]], raw[4 + raw[3] :]
    return _number(first), _number(rest[2 : 2 + rest[1]])


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")
