"""What does not fit together in a city's file, though each part is well formed; each as `place: words`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mes.traceability.platforms.fields import places_of, require_known_codes
from mes.traceability.platforms.fields.known import unknown_paths
from mes.traceability.platforms.told import unknown_facts

if TYPE_CHECKING:
    from mes.traceability.platforms.signed_json.declaration import City


def faults_of_city(city: City) -> Iterator[str]:
    """Every fault."""
    yield from _faults_of_fields(city)
    yield from _faults_of_routes(city)
    yield from _faults_of_names(city)
    yield from _faults_of_bodies(city)
    if (city.answer.accepted is not None) and city.result is None and city.existence is None:
        yield "answer.accepted: what became of it cannot be asked; declare `result` or `existence`"
    if city.result is not None and city.answer.job is None:
        yield "answer.job: `result` asks by a number; say where the answer has it"
    if city.answer.token is not None and city.token is None:
        yield "answer.token: there is no log-in (`token`)"


def _faults_of_fields(city: City) -> Iterator[str]:
    yield from require_known_codes(city.common, city.codes, "common")
    yield from unknown_paths(city.common, "common")
    for name, endpoint in city.endpoints.items():
        where = f"endpoints.{name}"
        rules = city.rules_of(endpoint)
        yield from require_known_codes(endpoint.fields, city.codes, where)
        yield from unknown_facts(endpoint, endpoint.fields, where)
        for target, count in Counter(rule.to for rule in rules).items():
            if count > 1:
                yield f"{where}: the field {target!r} stands twice"
        for target in sorted({rule.to for rule in rules}):
            if any(other.to.startswith(target + ".") for other in rules):
                yield f"{where}: the field {target!r} is a value and an object at once"
        known = {rule.to for rule in city.common}
        yield from (f"{where}.leave_out: {to!r} is no common field" for to in endpoint.leave_out if to not in known)
        ciphers = {each.encrypt for rule in rules for each in rule.all_below if each.encrypt}
        yield from (f"{where}: there is no cipher named {c!r}" for c in sorted(ciphers - set(city.ciphers)))


def _faults_of_routes(city: City) -> Iterator[str]:
    """Two endpoints that hear of one kind need ids that differ, for a platform drops what it has."""
    ids: dict[tuple[str, object], list[str]] = {}
    for name, endpoint in city.endpoints.items():
        for kind in endpoint.kinds:
            ids.setdefault((kind, endpoint.id_rule), []).append(name)
    for (kind, _), names in ids.items():
        if len(names) > 1:
            yield f"endpoints.{names[1]}: {kind} goes to {names[0]} under the same id; give this one an `id` of its own"


def _faults_of_bodies(city: City) -> Iterator[str]:
    """Parameters, and members of the body beside them, that would take one another's place."""
    parameters = city.request.parameters
    for (place, name), count in Counter((p.place, p.name) for p in parameters).items():
        if count > 1:
            yield f"request.parameters: {name!r} stands twice in the {place}"
    beside = {p.name for p in parameters if p.place == "body"}
    if city.request.body.records:
        if city.request.body.records in beside:
            yield f"request.body.records: {city.request.body.records!r} is a parameter of the body as well"
        return
    for endpoint_name, endpoint in city.endpoints.items():
        for rule in city.rules_of(endpoint):
            if rule.to.partition(".")[0] in beside:
                yield f"endpoints.{endpoint_name}: {rule.to!r} is a parameter of the body as well"


def _faults_of_names(city: City) -> Iterator[str]:
    """Values, secrets and ciphers that are used and not declared."""
    used = [(f"request.parameters[{n}]", p.value) for n, p in enumerate(city.request.parameters)]
    if city.signature is not None:
        text = city.signature.text
        used += [("signature.text.template", text.template or "")]
        used += [(f"signature.text.pairs[{n}]", pair.value) for n, pair in enumerate(text.pairs)]
    for name, query in city.queries.items():
        used += [(f"{name}.path", query.path), *((f"{name}.fields.{f}", v) for f, v in query.fields.items())]
    known = {"values": set(city.values), "secrets": set(city.secrets)}
    for where, template in used:
        for place in places_of(template):
            root, _, name = place.partition(".")
            if root in known and name not in known[root]:
                yield f"{where}: {place!r} is not among the {root}"
            if place == "token" and city.token is None:
                yield f"{where}: there is no log-in (`token`) to have a token from"
            if place == "signature" and city.signature is None:
                yield f"{where}: there is no `signature`"
    for where, secret in _secrets_used(city):
        if secret not in city.secrets:
            yield f"{where}: {secret!r} is not among the secrets"
    if city.request.body.encrypt and city.request.body.encrypt not in city.ciphers:
        yield f"request.body.encrypt: there is no cipher named {city.request.body.encrypt!r}"
    for where, name in _values_used(city):
        if name not in city.values:
            yield f"{where}: {name!r} is not among the values"


def _secrets_used(city: City) -> Iterator[tuple[str, str]]:
    if city.signature is not None:
        yield "signature.secret", city.signature.secret
    for name, cipher in city.ciphers.items():
        yield f"ciphers.{name}.secret", cipher.secret
        if cipher.iv_secret is not None:
            yield f"ciphers.{name}.iv_secret", cipher.iv_secret


def _values_used(city: City) -> Iterator[tuple[str, str]]:
    """Paths of fields that lead to a value of the connector."""
    for name, endpoint in city.endpoints.items():
        for rule in (below for each in city.rules_of(endpoint) for below in each.all_below):
            paths = [*(rule.source or ()), *(places_of(rule.value) if isinstance(rule.value, str) else ())]
            for path in paths:
                root, _, rest = path.partition(".")
                if root == "values":
                    yield f"endpoints.{name}.fields ({rule.to})", rest
