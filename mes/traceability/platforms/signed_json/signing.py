"""The text that is signed, and its signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol
from urllib.parse import quote

from mes.traceability.platforms.fields import fill
from mes.traceability.platforms.signed_json.digests import KeyUnusable, digest, encoded, key_bytes, keyed_digest
from mes.traceability.platforms.signed_json.signing_rules import SignatureRule, SignedText
from mes.traceability.platforms.signed_json.sm2 import Sm2Key, signature_bytes

NamedValue = tuple[str, str]


class Places(Protocol):
    """What the places of a request's texts stand for."""

    def __call__(self, place: str) -> str:
        """The value at a place."""


class Signs(Protocol):
    """Something that signs texts."""

    def sign(self, text: str) -> str:
        """The signature of a text, as it is sent."""


class Signer:
    """Signs texts by one rule, with its secret read in."""

    def __init__(self, rule: SignatureRule, secret: str) -> None:
        """Raises:
        KeyUnusable: the secret is not what the algorithm needs.
        """
        self._rule = rule
        self._make = _maker(rule, secret)

    def sign(self, text: str) -> str:
        """The signature of a text, as it is sent."""
        return encoded(self._make(text.encode()), self._rule.encoding)


def _maker(rule: SignatureRule, secret: str) -> Callable[[bytes], bytes]:
    kind, _, name = rule.algorithm.rpartition("-")
    if rule.algorithm == "sm2-sm3":
        try:
            key = Sm2Key(key_bytes(secret, "hex" if rule.key_encoding == "utf-8" else "base64"), rule.sm2.user_id)
        except KeyUnusable as error:
            raise KeyUnusable("the secret is no private key of SM2 (64 hexadecimal digits)") from error
        return lambda content: signature_bytes(*key.sign(content), rule.sm2.form)
    if kind == "hmac":
        secret_key = key_bytes(secret, rule.key_encoding)
        return lambda content: keyed_digest(name, secret_key, content)
    return lambda content: digest(name, content)


def text_to_sign(rule: SignedText, included: Mapping[str, Sequence[NamedValue]], secret: str, value_at: Places) -> str:
    """The text that is signed.

    Args:
        included: the named values of each place (header, query, body), as they are sent.
        secret: the signature's secret, or a mask where the text is to be shown.
    """

    def with_secret(place: str) -> str:
        return secret if place == "secret" else value_at(place)

    if rule.template is not None:
        text = fill(rule.template, with_secret)
    else:
        pairs = [(pair.name, fill(pair.value, with_secret)) for pair in rule.pairs]
        for place in rule.include:
            pairs += [pair for pair in included.get(place, ()) if pair[0] not in rule.leave_out]
        text = _joined(rule, _ordered(rule, pairs, secret))
        if rule.mixed_in in ("prefix", "both"):
            text = secret + rule.between_secret + text
        if rule.mixed_in in ("suffix", "both"):
            text = text + rule.between_secret + secret
    return {"upper": text.upper(), "lower": text.lower()}.get(rule.case, text)


def _ordered(rule: SignedText, pairs: Iterable[NamedValue], secret: str) -> list[NamedValue]:
    kept = [pair for pair in pairs if pair[1] or not rule.skip_empty]
    own = [(rule.mixed_name, secret)]
    if rule.mixed_in == "parameter":
        kept += own
    if rule.sort == "name":
        kept.sort(key=lambda pair: pair[0].encode())
    elif rule.sort == "name_ignoring_case":
        kept.sort(key=lambda pair: (pair[0].lower(), pair[0]))
    elif rule.sort == "value":
        kept.sort(key=lambda pair: pair[1].encode())
    return kept + own if rule.mixed_in == "last_parameter" else kept


def _joined(rule: SignedText, pairs: Iterable[NamedValue]) -> str:
    def written(name: str, value: str) -> str:
        value = quote(value, safe="-._~") if rule.escape == "url" else value
        return f"{name}{rule.between_name_and_value}{value}" if rule.names else value

    return rule.between_pairs.join(written(*pair) for pair in pairs)
