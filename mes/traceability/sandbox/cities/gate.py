"""Who may in at a city: what the request's parameters say, the time, the nonce, the token and the signature."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from mes.core.text import N_, Text
from mes.traceability.sandbox.cities.judging import moment_of
from mes.traceability.sandbox.cities.keys import CityKeys
from mes.traceability.sandbox.cities.reading import PlayedCity, places_in
from mes.traceability.sandbox.cities.signing import body_places, signature_fits, signed_text
from mes.traceability.sandbox.cities.wire import Wire, claims
from mes.traceability.sandbox.store import Store

WINDOW_SECONDS = 300
TOKEN_SECONDS = 7200


class NotLetInError(Exception):
    """A request may not in; `outcome` is how the city's file calls that."""

    def __init__(self, reason: Text, outcome: str = "credentials") -> None:
        self.reason, self.outcome = reason, outcome
        super().__init__(str(reason))


@dataclass(frozen=True)
class Gate:
    """The gate of one city."""

    city: PlayedCity
    keys: CityKeys
    store: Store

    def let_in(self, wire: Wire, code: str = "", further: Mapping[str, str] | None = None) -> dict[str, str]:
        """What the request says at the places of its parameters; `further` is what its path and fields say.

        Raises:
            NotLetInError: it may not in.
        """
        known = {**self.known(wire), **(further or {}), "code": code}
        said: dict[str, str] = {}
        for parameter in self.city.parameters:
            if parameter.place == "body" and wire.method == "GET":
                continue
            text = wire.text_of(parameter)
            if text is None:
                raise NotLetInError(Text(N_("the parameter %(name)s is missing"), {"name": parameter.name}))
            found = claims(parameter.template, text, known)
            if found is None:
                raise NotLetInError(Text(N_("the parameter %(name)s is wrong"), {"name": parameter.name}))
            said |= found
        if self.city.signature is not None:
            text = signed_text(self.city, wire, {**known, **said}, self.keys)
            if not signature_fits(self.city, said.get("signature", ""), text, self.keys):
                raise NotLetInError(Text(N_("the signature does not fit")))
        self._require_time(said)
        self._require_token(said)
        self._use_up(said)
        return said

    def known(self, wire: Wire) -> dict[str, str]:
        """What stands for the places that the platform knows by itself."""
        values = {f"values.{name}": value for name, value in self.keys.values.items()}
        hidden = {f"secrets.{name}": value for name, value in self.keys.secrets.items()}
        records = wire.members.get(self.city.body.get("records", ""))
        told = {"method": wire.method, "path": wire.path, "records": records.text if records else ""}
        return values | hidden | told | body_places(self.city, wire)

    def new_token(self) -> str:
        """A token for a sender that has logged in."""
        token = secrets.token_urlsafe(24)
        with self.store.writing() as writer:
            until = self.store.clock.seconds() + TOKEN_SECONDS
            writer.execute("INSERT INTO signed_token VALUES (?, ?, ?)", (token, self._key, until))
        return token

    @property
    def _key(self) -> str:
        return f"city:{self.city.name}"

    def _require_time(self, said: Mapping[str, str]) -> None:
        if "timestamp" not in said:
            return
        form = self.city.request.get("timestamp", {}).get("form", "ms")
        moment = moment_of(said["timestamp"], form, self.city.zone)
        if moment is None:
            raise NotLetInError(Text(N_("the time stamp is not written as %(form)s"), {"form": form}))
        off = round(self.store.clock.seconds() - moment.timestamp())
        if abs(off) > WINDOW_SECONDS:
            raise NotLetInError(Text(N_("the time stamp is %(seconds)s s off"), {"seconds": off}))

    def _require_token(self, said: Mapping[str, str]) -> None:
        if self.city.told.get("token") is None or "token" not in said:
            return
        where = "SELECT until FROM signed_token WHERE token = ? AND app_key = ?"
        rows = self.store.select(where, (said["token"], self._key))
        if not rows or rows[0]["until"] < self.store.clock.seconds():
            raise NotLetInError(Text(N_("the token is missing, wrong or has run out")), "token")

    def _use_up(self, said: Mapping[str, str]) -> None:
        """A nonce is good once; one that is the time in seconds cannot be."""
        if "nonce" not in said or self.city.request.get("nonce", {}).get("form") == "timestamp":
            return
        now = self.store.clock.seconds()
        with self.store.writing() as writer:
            writer.execute("DELETE FROM signed_nonce WHERE at < ?", (now - 4 * WINDOW_SECONDS,))
            try:
                writer.execute("INSERT INTO signed_nonce VALUES (?, ?, ?)", (self._key, said["nonce"][:64], now))
            except sqlite3.IntegrityError as error:
                raise NotLetInError(Text(N_("the nonce was used before")), "retry") from error


def fits(template: str, given: str, known: Mapping[str, str]) -> dict[str, str] | None:
    """What a field or path of a query says, and whether the rest of it is right."""
    return claims(template, given, known) if places_in(template) else ({} if template == given else None)
