"""The way to the house: HTTP with the gateway's token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import requests

CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 20.0
RESULT_NAMESPACE = UUID("5f0c7a0e-55f1-4a0c-9c5e-0f5a5d1f6b11")


class HouseAway(Exception):
    """The house does not answer, or cannot at the moment: try again later, nothing is lost."""


class HouseRefused(Exception):
    """The house answered that it does not take this; sending the same again will not help."""


@dataclass(frozen=True)
class WantedCommand:
    """A command that the house wants written."""

    id: str
    device: str
    point: str
    value: int


@dataclass(frozen=True)
class SignalsAnswer:
    """What became of readings that were sent: the ids to forget, and the commands to write."""

    taken: tuple[str, ...]
    commands: tuple[WantedCommand, ...]


class House:
    """Talks to the house's API. The token is read anew for each request, so that a new one is taken up by itself."""

    def __init__(self, url: str, token_file: Path) -> None:
        self.url = url.rstrip("/")
        self.token_file = token_file
        self._session = requests.Session()
        self._session.trust_env = False

    def send_readings(self, readings: Sequence[Mapping[str, Any]]) -> SignalsAnswer:
        """Hand readings over, each with its id; an empty list only asks for commands.

        Raises:
            HouseAway, HouseRefused
        """
        answer = self._post("/api/v1/signals", {"readings": list(readings)})
        commands = tuple(
            WantedCommand(c["id"], c["device"], c["point"], int(c["value"])) for c in answer.get("commands", ())
        )
        return SignalsAnswer((*answer["taken"], *answer["repeated"]), commands)

    def report_result(self, command_id: str, outcome: str, message: str = "") -> None:
        """Say how a command ended; saying it twice is the same as once.

        Raises:
            HouseAway, HouseRefused
        """
        body = {
            "command_id": str(uuid5(RESULT_NAMESPACE, f"{command_id}/{outcome}/{message}")),
            "machine_command_id": command_id,
            "outcome": outcome,
            "message": message[:300],
        }
        self._post(f"/api/v1/machine-commands/{command_id}/result", body)

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token()}", "Accept-Language": "en"}
        try:
            answer = self._session.post(
                self.url + path, json=body, headers=headers, timeout=(CONNECT_SECONDS, ANSWER_SECONDS)
            )
        except requests.RequestException as error:
            raise HouseAway(f"{self.url} does not answer ({type(error).__name__})") from error
        if answer.status_code in (200, 201):
            found: dict[str, Any] = answer.json()
            return found
        reason = f"{answer.status_code} {_detail(answer)}"
        if answer.status_code in (400, 404, 409, 413, 422):
            raise HouseRefused(reason)
        raise HouseAway(f"{self.url} answers {reason}")

    def _token(self) -> str:
        try:
            return self.token_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise HouseAway(f"no token in {self.token_file} ({error.strerror}): mes token make gateway") from error


def _detail(answer: requests.Response) -> str:
    try:
        document = answer.json()
    except ValueError:
        return answer.reason
    return str(document.get("detail", answer.reason)) if isinstance(document, dict) else answer.reason
