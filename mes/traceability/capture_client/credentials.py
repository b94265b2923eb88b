"""Who we are to a platform; no credential shows its secret in a text of its own."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import requests
from requests.auth import AuthBase


class CredentialError(ValueError):
    """A credential cannot be sent in a header; the message does not show it."""


def _require_header_text(what: str, text: str) -> None:
    if not text or not text.isascii() or not text.isprintable() or text != text.strip():
        raise CredentialError(f"{what} is empty, or holds a line break, a blank at an end, or other than ASCII")


class Credentials(Protocol):
    """How requests are made ours; `secrets` are the texts that no log may hold."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts to mask."""
        ...

    def headers(self) -> Mapping[str, str]:
        """Headers to add to a request."""
        ...


@dataclass(frozen=True)
class BearerKey:
    """An API key sent as `Authorization: Bearer …`."""

    key: str = field(repr=False)

    def __post_init__(self) -> None:
        _require_header_text("the bearer key", self.key)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.key,)

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@dataclass(frozen=True)
class BasicPassword:
    """User name and password (RFC 7617)."""

    user: str
    password: str = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.password, self.headers()["Authorization"].removeprefix("Basic "))

    def headers(self) -> Mapping[str, str]:
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


@dataclass(frozen=True)
class HeaderKey:
    """An API key in a header of the platform's own, such as X-API-Key."""

    header: str
    key: str = field(repr=False)

    def __post_init__(self) -> None:
        _require_header_text("the key's header name", self.header)
        _require_header_text("the key", self.key)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.key,)

    def headers(self) -> Mapping[str, str]:
        return {self.header: self.key}


@dataclass(frozen=True)
class HiddenCredentials:
    """The headers of credentials for people's eyes: what stands in place of the secret is seen, never the secret."""

    name: str
    value: str
    secrets: tuple[str, ...] = ()

    def headers(self) -> Mapping[str, str]:
        return {self.name: self.value}


class CredentialsAuth(AuthBase):
    """Adds the credentials' headers and keeps a ~/.netrc out."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._credentials = credentials

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._credentials is not None:
            request.headers.update(self._credentials.headers())
        return request
