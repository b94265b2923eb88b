"""What may be declared of signatures, digests and ciphers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mes.traceability.platforms.fields import Declared, Name
from mes.traceability.platforms.signed_json.placeholders import RequestTemplate

Digest = Literal["md5", "sha1", "sha256", "sm3"]
Algorithm = Literal["md5", "sha1", "sha256", "sm3", "hmac-md5", "hmac-sha1", "hmac-sha256", "hmac-sm3", "sm2-sm3"]
Encoding = Literal["hex", "HEX", "base64", "base64url"]
KeyEncoding = Literal["utf-8", "hex", "base64"]
Place = Literal["header", "query", "body"]


class Pair(Declared):
    """A named value of the text that is signed."""

    name: str = Field(min_length=1)
    value: RequestTemplate


class SignedText(Declared):
    """The text that is signed: a `template`, or named values put in order and joined.

    Named values are the `pairs`, and with `include` the parameters of those places (`body`: the body's own members,
    nested ones as the JSON that is sent) without the signature itself and what `leave_out` names.
    """

    template: RequestTemplate | None = None
    pairs: tuple[Pair, ...] = ()
    include: tuple[Place, ...] = ()
    leave_out: tuple[str, ...] = ()
    sort: Literal["none", "name", "name_ignoring_case", "value"] = "name"
    names: bool = Field(default=True, description="false: the values alone are joined")
    between_name_and_value: str = "="
    between_pairs: str = "&"
    skip_empty: bool = True
    escape: Literal["none", "url"] = "none"
    mixed_in: Literal["none", "prefix", "suffix", "both", "parameter", "last_parameter"] = Field(
        default="none", alias="secret_at"
    )
    mixed_name: str = Field(default="key", alias="secret_name")
    between_secret: str = ""
    case: Literal["keep", "upper", "lower"] = "keep"

    @model_validator(mode="after")
    def _one_way(self) -> SignedText:
        if (self.template is None) == (not self.pairs and not self.include):
            raise ValueError("the text has either a `template`, or `pairs` and `include`")
        if self.template is not None and self.mixed_in != "none":
            raise ValueError("in a template, {secret} says where the secret stands")
        return self

    @property
    def holds_secret(self) -> bool:
        """Whether the secret is part of the text."""
        return self.mixed_in != "none" or "{secret}" in (self.template or "")


class Sm2Rule(Declared):
    """How SM2 signatures are made: the signer's id (GB/T 32918.2; 16 digits by custom), and the form of r and s."""

    user_id: str = "1234567812345678"
    form: Literal["rs", "der"] = "rs"


class SignatureRule(Declared):
    """How a request is signed; `secret` names one of the file's `secrets`."""

    algorithm: Algorithm
    secret: Name
    key_encoding: KeyEncoding = Field(default="utf-8", alias="secret_encoding")
    encoding: Encoding = "hex"
    text: SignedText
    sm2: Sm2Rule = Sm2Rule()

    @model_validator(mode="after")
    def _keyed(self) -> SignatureRule:
        keyed = self.algorithm.startswith("hmac-") or self.algorithm == "sm2-sm3"
        if not keyed and not self.text.holds_secret:
            raise ValueError(
                f"{self.algorithm} has no key: the secret must be in the text (`secret_at`, or {{secret}})"
            )
        return self


class DigestRule(Declared):
    """A digest of the body, for `{body_digest}`."""

    algorithm: Digest = "sha256"
    encoding: Encoding = "hex"


class CipherRule(Declared):
    """How fields, or the whole of the records, are encrypted, always with PKCS#7 padding.

    `iv`: `secret` reads it from `iv_secret`, `random` is new for each attempt and stands before the cipher text.
    DES and ECB are here because published interfaces use them; they protect nothing from anybody who tries.
    """

    algorithm: Literal["sm4", "aes", "des", "3des"]
    mode: Literal["ecb", "cbc"] = "cbc"
    secret: Name
    key_encoding: KeyEncoding = Field(default="utf-8", alias="secret_encoding")
    iv: Literal["zero", "key", "secret", "random"] = "random"
    iv_secret: Name | None = None
    encoding: Encoding = "base64"
    prefix: str = ""

    @model_validator(mode="after")
    def _iv_named(self) -> CipherRule:
        if (self.iv == "secret") != (self.iv_secret is not None):
            raise ValueError("`iv: secret` needs `iv_secret`, and nothing else does")
        return self
