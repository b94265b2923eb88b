"""Putting a request together: parameters, body, signature. The bytes that are signed are the bytes that are sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from mes.traceability.platforms.fields import fill
from mes.traceability.platforms.http import Request
from mes.traceability.platforms.masking import MASK
from mes.traceability.platforms.signed_json.ciphers import Seal, Seals
from mes.traceability.platforms.signed_json.declaration import City
from mes.traceability.platforms.signed_json.digests import digest, encoded
from mes.traceability.platforms.signed_json.request_rules import Parameter, Query
from mes.traceability.platforms.signed_json.sealing import personal_texts, sealed
from mes.traceability.platforms.signed_json.signing import NamedValue, Signer, Signs, text_to_sign
from mes.traceability.platforms.telling import Entry

JSON_TYPE = "application/json; charset=utf-8"
FORM_TYPE = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True)
class Keys:
    """Secrets read in, and what is made of them."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    signer: Signs | None = None
    seals: Mapping[str, Seals] = field(default_factory=dict)

    @classmethod
    def read(cls, city: City, secrets: Mapping[str, str]) -> Keys:
        """What the city's file makes of the secrets.

        Raises:
            KeyUnusable: a secret is not what its algorithm needs.
        """
        signature = city.signature
        signer = Signer(signature, secrets[signature.secret]) if signature is not None else None
        return cls(secrets, signer, {name: Seal(rule, secrets) for name, rule in city.ciphers.items()})


@dataclass(frozen=True)
class Attempt:
    """What is new with each attempt."""

    timestamp: str
    nonce: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Assembled:
    """A request to the byte, and the text that was signed with its secret masked."""

    request: Request
    signed_text: str


def uploads(
    city: City, values: Mapping[str, str], base_url: str, keys: Keys, entries: Sequence[Entry], attempt: Attempt
) -> Assembled:
    """The request that carries these records, all of one endpoint."""
    endpoint = city.endpoints[entries[0].endpoint]
    rules = city.rules_of(endpoint)
    records = [sealed(entry.record, rules, keys.seals) for entry in entries]
    places = {
        "request_key": hashlib.sha256("\n".join(entry.id for entry in entries).encode()).hexdigest()[:32],
        "business_id": entries[0].id,
        "code": endpoint.code,
    }
    making = _Making(city, values, keys, attempt, places)
    hidden = tuple(text for entry in entries for text in personal_texts(entry.record, rules))
    return making.request(city.request.method, base_url, endpoint.path, city.request.parameters, {}, records, hidden)


def asks(
    city: City,
    values: Mapping[str, str],
    base_url: str,
    keys: Keys,
    query: Query,
    attempt: Attempt,
    places: Mapping[str, str],
) -> Assembled:
    """A request of its own: the log-in, or asking for a result, a record or a day."""
    making = _Making(city, values, keys, attempt, places)
    fields = {name: making.filled(template) for name, template in query.fields.items()}
    parameters = city.request.parameters if query.parameters else ()
    return making.request(query.method, base_url, query.path, parameters, fields, None, ())


@dataclass(frozen=True)
class _Making:
    city: City
    values: Mapping[str, str]
    keys: Keys
    attempt: Attempt
    places: Mapping[str, str]

    def filled(self, template: str, more: Mapping[str, str] | None = None) -> str:
        """A template with its places filled; a place that has nothing here is empty."""
        known = {
            **self.places,
            "timestamp": self.attempt.timestamp,
            "nonce": self.attempt.nonce,
            "token": self.attempt.token,
            **(more or {}),
        }

        def value_at(place: str) -> str:
            root, _, name = place.partition(".")
            if root == "values":
                return self.values.get(name, "")
            return self.keys.secrets.get(name, "") if root == "secrets" else known.get(place, "")

        return fill(template, value_at)

    def request(
        self,
        method: str,
        base_url: str,
        path_template: str,
        parameters: Sequence[Parameter],
        fields: Mapping[str, str],
        records: Sequence[Mapping[str, Any]] | None,
        hidden: tuple[str, ...],
    ) -> Assembled:
        path = fill(path_template, lambda place: quote(self.filled("{" + place + "}"), safe=""))
        has_body = method != "GET"
        written = self._records_text(records)
        more = {"method": method, "path": path, "records": written}
        members = self._members(parameters, fields if has_body else {}, records, written, more, "")
        body = self._body(members) if has_body else b""
        more |= self._body_places(body)
        query = [(p.name, self.filled(p.value, more)) for p in parameters if p.place == "query" and not p.is_signature]
        query += [] if has_body else list(fields.items())
        headers = [
            (p.name, self.filled(p.value, more)) for p in parameters if p.place == "header" and not p.is_signature
        ]
        included = {"query": query, "header": headers, "body": [(n, self._signed(v)) for n, v in members.items()]}
        signature, shown = self._signature(included, more)
        more["signature"] = signature
        signing = [p for p in parameters if p.is_signature]
        if has_body and any(p.place == "body" for p in signing):
            body = self._body(self._members(parameters, fields, records, written, more, signature))
        query += [(p.name, self.filled(p.value, more)) for p in signing if p.place == "query"]
        headers += [(p.name, self.filled(p.value, more)) for p in signing if p.place == "header"]
        url = base_url.rstrip("/") + path + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        typed = {"Content-Type": self._content_type} if has_body else {}
        secret = (signature, self.attempt.token, *self.keys.secrets.values())
        return Assembled(Request(method, url, {**typed, **dict(headers)}, body, (*secret, *hidden)), shown)

    @property
    def _content_type(self) -> str:
        return self.city.request.content_type or (JSON_TYPE if self.city.request.body.form == "json" else FORM_TYPE)

    def _signature(self, included: Mapping[str, Sequence[NamedValue]], more: Mapping[str, str]) -> tuple[str, str]:
        """The signature, and the text it is of with its secrets masked."""
        rule, signer = self.city.signature, self.keys.signer
        if rule is None or signer is None:
            return "", ""

        def masked(place: str) -> str:
            return MASK if place.startswith("secrets.") else self.filled("{" + place + "}", more)

        secret = self.keys.secrets[rule.secret]
        text = text_to_sign(rule.text, included, secret, lambda place: self.filled("{" + place + "}", more))
        return signer.sign(text), text_to_sign(rule.text, included, MASK, masked)

    def _members(
        self,
        parameters: Sequence[Parameter],
        fields: Mapping[str, str],
        records: Sequence[Mapping[str, Any]] | None,
        written: str,
        more: Mapping[str, str],
        signature: str,
    ) -> dict[str, Any]:
        """The body's members: parameters, fields, records. Without a signature, its own member is not there."""
        members: dict[str, Any] = {}
        for parameter in parameters:
            if parameter.place == "body" and (signature or not parameter.is_signature):
                text = self.filled(parameter.value, more)
                members[parameter.name] = int(text) if parameter.write_as == "integer" and text.isdecimal() else text
        members |= fields
        rule = self.city.request.body
        if records is None:
            return members
        if not rule.records:
            return {**members, **records[0]}
        members[rule.records] = written if rule.records_as == "text" or rule.encrypt else self._together(records)
        return members

    def _together(self, records: Sequence[Mapping[str, Any]]) -> Any:
        rule = self.city.request.body
        return list(records) if rule.always_list or rule.most > 1 or len(records) > 1 else records[0]

    def _records_text(self, records: Sequence[Mapping[str, Any]] | None) -> str:
        """The records as one text, encrypted where the file says so."""
        if records is None:
            return ""
        text = self._json(self._together(records))
        sealed_by = self.city.request.body.encrypt
        return self.keys.seals[sealed_by].text(text) if sealed_by else text

    def _body(self, members: Mapping[str, Any]) -> bytes:
        if self.city.request.body.form == "form":
            return urlencode([(name, self._text(value)) for name, value in members.items()], quote_via=quote).encode()
        return self._json(members).encode()

    def _body_places(self, body: bytes) -> dict[str, str]:
        rule, text = self.city.request.body_digest, body.decode()
        minified = text
        if body and self.city.request.body.form == "json":
            minified = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
        made = encoded(digest(rule.algorithm, body), rule.encoding)
        return {"body": text, "body_minified": minified, "body_digest": made}

    def _text(self, value: Any) -> str:
        """A member as it stands in a form and in the text that is signed: texts as they are, others as their JSON."""
        return value if isinstance(value, str) else self._json(value)

    def _signed(self, value: Any) -> str:
        """As `_text`; a null is as empty as an empty text, where those are not signed."""
        rule = self.city.signature
        return "" if value is None and rule is not None and rule.text.skip_empty else self._text(value)

    def _json(self, value: Any) -> str:
        rule = self.city.request.body
        return json.dumps(
            value,
            ensure_ascii=rule.ascii_only,
            separators=(",", ":") if rule.spacing == "compact" else (", ", ": "),
            sort_keys=rule.keys == "sorted",
            allow_nan=False,
        )
