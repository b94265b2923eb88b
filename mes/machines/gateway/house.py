"""The way to the house: HTTP with the gateway's token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid5

import requests

CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 20.0
RESULT_NAMESPACE = UUID("5f0c7a0e-55f1-4a0c-9c5e-0f5a5d1f6b11")
LONGEST_MESSAGE = 300
REFUSALS = frozenset({400, 404, 413, 422})
"""Answers that speak of what was sent. 409 is none: somebody else changed the same thing at this moment."""


class HouseAway(Exception):
    """The house does not answer, or cannot at the moment: try again later, nothing is lost."""


class HouseRefused(Exception):
    """The house answered that it does not take this; sending the same again will not help."""


@dataclass(frozen=True)
class WantedCommand:
    """A command that the house wants written. With `once` it must never be written a second time."""

    id: str
    device: str
    point: str
    value: bool | int | float | str
    once: bool = False


@dataclass(frozen=True)
class SignalsAnswer:
    """What became of readings that were sent: the ids to forget, and the commands to write."""

    taken: tuple[str, ...]
    commands: tuple[WantedCommand, ...]


class HouseLink(Protocol):
    """A way to the house. Each method raises `HouseAway` or `HouseRefused`, and may be called from any thread."""

    def announce(self, announcement: Mapping[str, Any]) -> None:
        """Say who the gateway is and which devices it serves."""

    def send(self, signals: Mapping[str, Any]) -> SignalsAnswer:
        """Hand over readings, each with its id, and states of devices; without any it only asks for commands."""

    def report_result(self, command_id: str, outcome: str, message: str = "") -> None:
        """Say how a command ended; saying it twice is the same as once."""

    def close(self) -> None:
        """Let go of the connection."""


class House:
    """Talks to the house's API. The token is read anew for each request, so that a new one is taken up by itself.

    `ca_file` names the authority that a https address is checked against, where it is the plant's own.
    """

    def __init__(self, url: str, token_file: Path, ca_file: Path | None = None) -> None:
        self.url = url.rstrip("/")
        self.token_file = token_file
        self._session = requests.Session()
        self._session.trust_env = False
        if ca_file is not None:
            self._session.verify = str(ca_file)

    def announce(self, announcement: Mapping[str, Any]) -> None:
        """Say who the gateway is and which devices it serves.

        Raises:
            HouseAway, HouseRefused
        """
        self._post("/api/v1/machines/announce", announcement)

    def send(self, signals: Mapping[str, Any]) -> SignalsAnswer:
        """Hand over readings, each with its id, and states of devices; without any it only asks for commands.

        Raises:
            HouseAway, HouseRefused
        """
        return answer_of(self._post("/api/v1/signals", signals))

    def report_result(self, command_id: str, outcome: str, message: str = "") -> None:
        """Say how a command ended; saying it twice is the same as once.

        Raises:
            HouseAway, HouseRefused
        """
        self._post(f"/api/v1/machine-commands/{command_id}/result", result_body(command_id, outcome, message))

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {read_token(self.token_file)}", "Accept-Language": "en"}
        try:
            answer = self._session.post(
                self.url + path, json=body, headers=headers, timeout=(CONNECT_SECONDS, ANSWER_SECONDS)
            )
        except (requests.RequestException, OSError) as error:
            raise HouseAway(f"{self.url} does not answer ({type(error).__name__})") from error
        if answer.status_code in (200, 201):
            return _document(answer, self.url)
        reason = f"{answer.status_code} {_detail(answer)}"
        if answer.status_code in REFUSALS:
            raise HouseRefused(reason)
        raise HouseAway(f"{self.url} answers {reason}")


def read_token(file: Path) -> str:
    """The gateway's token.

    Raises:
        HouseAway: there is none.
    """
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise HouseAway(f"no token can be read from {file}: mes token make gateway") from error


def answer_of(document: Mapping[str, Any]) -> SignalsAnswer:
    """The house's answer to signals.

    Raises:
        HouseAway: it is not one; somebody else answers in the house's place.
    """
    try:
        commands = tuple(
            WantedCommand(c["id"], c["device"], c["point"], c["value"], bool(c.get("once")))
            for c in document.get("commands", ())
        )
        return SignalsAnswer((*document["taken"], *document["repeated"]), commands)
    except (KeyError, TypeError, AttributeError) as error:
        raise HouseAway(f"this is no answer of the house: {error!r}") from error


def result_body(command_id: str, outcome: str, message: str) -> dict[str, str]:
    """What is reported of a command; the same report has the same id."""
    return {
        "command_id": str(uuid5(RESULT_NAMESPACE, f"{command_id}/{outcome}/{message}")),
        "machine_command_id": command_id,
        "outcome": outcome,
        "message": message[:LONGEST_MESSAGE],
    }


def _document(answer: requests.Response, url: str) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError as error:
        raise HouseAway(f"{url} answers something that is not the house's") from error
    return found if isinstance(found, dict) else {}


def _detail(answer: requests.Response) -> str:
    try:
        document = answer.json()
    except ValueError:
        return answer.reason
    return str(document.get("detail", answer.reason)) if isinstance(document, dict) else answer.reason
