"""Files of cities: those that ship can be read and say what they are; every fault of one is named with its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mes.core.errors import InvalidInput
from mes.traceability.platforms.fields.known import facts, is_known
from mes.traceability.platforms.protocol import RenderError
from mes.traceability.platforms.signed_json import KIND, city_named, city_names, read_city
from tests.mes.traceability.platforms.events import cast, element, event, life, turns

DRAFTS = {
    "fujian-xiamen": {"origin": "3502", "maker_number": "0A"},
    "hubei-wuhan": {"production_head": "陈工", "resident_supervisor": "赵强"},
    "hefei": {},
}
GOOD = """
city: somewhere
title: {zh: 某市, en: Somewhere}
draft: true
source: {text: a notice, date: "2023", confirmed: not confirmed}
secrets: {key: {title: {zh: 密钥, en: Secret}}}
signature: {algorithm: sm3, secret: key, text: {template: "{timestamp}{secret}"}}
answer: {success: {at: code, in: [0]}}
codes: {family: {composite_slab: "01"}}
endpoints:
  inspection:
    path: /inspection
    kinds: [element.final_accepted]
    fields:
      - {to: id, value: "{business_id}"}
      - {to: type, from: element.family, codes: family}
"""


def settings_of(city: str, **more: object) -> dict[str, object]:
    """Settings of a connector to a city that ships."""
    values = {"app_key": "plant-1", "maker": "厦门预制厂", "maker_code": "91350200MA31ABCD12", **DRAFTS.get(city, {})}
    values = {name: text for name, text in values.items() if name in city_named(city).values}
    return {"city": city, "values": values, "secrets": {"app_secret": {"variable": "CITY_SECRET"}}, **more}


def test_the_drafts_say_that_they_are_and_where_they_come_from() -> None:
    assert set(DRAFTS) | {"sandbox"} == set(city_names())
    for name in DRAFTS:
        city = city_named(name)
        assert city.draft
        assert city.source.confirmed == "not confirmed by the platform's operator"
        assert city.source.text
        assert city.source.date
        assert city.notes


@pytest.mark.parametrize(
    ("before", "after", "where", "words"),
    [
        ("draft: true", "draft: true\ncolour: grey", "colour", "this key is not known"),
        (
            "type, from",
            "type, lenght: 3, from",
            "endpoints.inspection.fields[1] (type).lenght",
            "this key is not known",
        ),
        ("element.family,", "elements.0,max: x,", "endpoints.inspection.fields[1] (type).max", "Input should be"),
        ("codes: family}\n", "codes: famly}\n", "endpoints.inspection", "there is no table of codes named 'famly'"),
        ("final_accepted", "final_acepted", "endpoints.inspection.kinds[0]", "'element.final_acepted' is no kind"),
        ("secret: key", "secret: kye", "signature.secret", "'kye' is not among the secrets"),
        ("{timestamp}{secret}", "{timestamp}", "signature", "sm3 has no key"),
        ("{timestamp}{secret}", "{secret}{time}", "signature.text.template", "{time} is no place of a request"),
        ("{timestamp}{secret}", "{secret}{token}", "signature.text.template", "there is no log-in"),
        ("in: [0]}", "in: [0]}, accepted: {at: code, in: [1]}", "answer.accepted", "what became of it cannot be asked"),
        ("fields:\n", "fields:\n      - {to: id, from: id}\n", "endpoints.inspection", "'id' stands twice"),
        ("{business_id}", "{values.site}", "endpoints.inspection.fields (id)", "'site' is not among the values"),
        ("path: /", "path: ", "endpoints.inspection.path", "should match pattern"),
        ("draft: true", "draft: true\ndraft: false", "line 5, column 1", "the key 'draft' stands twice"),
        ("title: {", "title: {{", "line ", ""),
        ("element.family,", "element.famly,", "endpoints.inspection", "has element.famly; there is element.family"),
        ("element.family,", "data.nothing,", "endpoints.inspection", "no event has data.nothing"),
        ("element.family,", "how.batches.0.grade,", "endpoints.inspection", "no event has how.batches.0.grade"),
        (
            "type, from: element.family",
            "type, list: elements, from: item.famly",
            "endpoints.inspection",
            "elements.famly",
        ),
        ("{business_id}", "{element.seriall}", "endpoints.inspection", "there is element.serial"),
        ("fields:\n", "id: {value: '{ID}'}\n    fields:\n", "endpoints.inspection.id.value", "'ID' begins with"),
        ("fields:\n", "id: {value: '{element.no}'}\n    fields:\n", "endpoints.inspection.id", "element.no"),
        (
            "fields:\n",
            "only: [{from: element.kind, in: [x]}]\n    fields:\n",
            "endpoints.inspection.only",
            "element.kind",
        ),
        (
            "codes: family}\n",
            "codes: family, pattern: '[0-9'}\n",
            "endpoints.inspection.fields[1] (type).pattern",
            "no pattern",
        ),
        (
            "secrets:",
            "values: {n: {title: {zh: 甲, en: A}, pattern: '(x'}}\nsecrets:",
            "values.n.pattern",
            "no pattern",
        ),
        (
            "secrets:",
            "request: {parameters: [{name: id, in: body, value: x}]}\nsecrets:",
            "endpoints.inspection",
            "as well",
        ),
        (
            "secrets:",
            "request: {body: {records: d}, parameters: [{name: d, in: body, value: x}]}\nsecrets:",
            "request.body.records",
            "as well",
        ),
        (
            "secrets:",
            "request: {parameters: [{name: a, in: query, value: x}, {name: a, in: query, value: y}]}\nsecrets:",
            "request.parameters",
            "twice",
        ),
    ],
)
def test_every_fault_of_a_file_is_named_with_its_place(before: str, after: str, where: str, words: str) -> None:
    assert read_city(GOOD).city == "somewhere"
    broken = GOOD.replace(before, after, 1)
    assert broken != GOOD
    with pytest.raises(InvalidInput) as refused:
        read_city(broken)
    told = [(fault.where, str(fault.reason)) for fault in refused.value.faults]
    assert any(place.endswith(where) or place.startswith(where) for place, _ in told), told
    assert any(words in reason for _, reason in told), told


def test_two_faults_are_both_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_city(GOOD.replace("codes: family}", "codes: family, max: x}").replace("date:", "dated:"))
    places = {fault.where for fault in refused.value.faults}
    assert {"source.date", "source.dated", "endpoints.inspection.fields[1] (type).max"} <= places


def test_every_fact_of_a_life_can_be_referred_to() -> None:
    def paths(value: object, path: str) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from paths(inner, f"{path}.{name}")
        elif isinstance(value, list):
            for inner in value:
                yield from paths(inner, path)
        else:
            yield path

    for content in life():
        for root in ("who", "where", "how", "data", "elements"):
            unknown = [path for path in paths(content[root], root) if not is_known(path)]
            assert not unknown, content["kind"]


def test_settings_are_checked_against_the_city() -> None:
    given = settings_of("fujian-xiamen")
    assert KIND.read_settings(given).declared.city == "fujian-xiamen"
    with pytest.raises(InvalidInput) as refused:
        KIND.read_settings({**given, "values": {"app_key": "x" * 65, "origin": "35", "nothing": "x"}, "secrets": {}})
    places = {fault.where for fault in refused.value.faults}
    wrong = {"maker", "maker_code", "maker_number", "app_key", "origin", "nothing"}
    assert places == {"secrets.app_secret", *(f"values.{name}" for name in wrong)}


def test_a_fujian_code_is_built_and_the_dry_run_says_that_its_check_character_is_unverified() -> None:
    settings = KIND.read_settings(settings_of("fujian-xiamen"))
    run = KIND.dry_run(cast(), "https://example.com/xm", settings, datetime(2026, 11, 23, tzinfo=UTC))
    code = "3502" + "0A" + "00" + "01" + "261123" + "007"
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    check = alphabet[sum(alphabet.index(sign) * weight for weight, sign in enumerate(code, 1)) % 36]
    assert f'"componentCode":"{code}{check}"' in run.requests[0].body.decode()
    assert len(code + check) == 20
    assert any("check character was not seen" in str(note) for note in run.notes)
    assert any(str(note).startswith("A draft (not confirmed") for note in run.notes)


def test_a_fujian_code_that_was_assigned_is_told_as_it_was_given() -> None:
    settings = KIND.read_settings(settings_of("fujian-xiamen"))
    given = event("alias.given", data={"scheme": "fujian", "value": "35020A0001161123001K"})
    rendition = KIND.render(given, settings)
    assert rendition is not None
    assert b'"componentCode":"35020A0001161123001K"' in rendition.body
    assert KIND.render(event("alias.given", data={"scheme": "plant", "value": "x"}), settings) is None


def test_hubei_is_told_the_three_names_and_refuses_to_do_without() -> None:
    rendition = KIND.render(event("element.final_accepted"), KIND.read_settings(settings_of("hubei-wuhan")))
    assert rendition is not None
    assert all(name in rendition.body.decode() for name in ("陈工", "赵强", "王敏"))
    nameless = KIND.read_settings(settings_of("hubei-wuhan", with_personal_data=False))
    with pytest.raises(RenderError, match=r"inspection\.inspector: it names a person"):
        KIND.render(event("element.final_accepted"), nameless)


def test_hubei_is_told_the_head_of_production_that_the_event_names_before_the_connectors_own() -> None:
    head = {"production_head": {"name": "林工", "organisation": "厦门预制厂"}}
    accepted = event("element.final_accepted", data=head)
    rendition = KIND.render(accepted, KIND.read_settings(settings_of("hubei-wuhan")))
    assert rendition is not None
    assert '"productionHead":"林工"' in rendition.body.decode()


def test_hefei_is_told_of_vertical_elements_alone() -> None:
    settings = KIND.read_settings(settings_of("hefei"))
    wall = element(family="exterior_wall")
    assert KIND.render(cast(elements=[element()]), settings) is None
    rendition = KIND.render(cast(elements=[element(1008), wall]), settings)
    assert rendition is not None
    assert rendition.ids == ("0199d1a2-1111-7000-8000-000000000001-1007",)


@pytest.mark.parametrize("city", ["fujian-xiamen", "hubei-wuhan", "hefei"])
def test_each_draft_hears_of_a_departure_undone_and_of_a_certificate_that_does_not_hold(city: str) -> None:
    settings = KIND.read_settings(settings_of(city))
    heard = ("delivery.departure_undone", "element.certificate_suspended", "element.certificate_reinstated")
    for content in turns():
        wall = {**content, "elements": [element(family="exterior_wall")]}
        if content["kind"] in heard:
            assert KIND.render(wall, settings) is not None, content["kind"]


def test_the_contract_lists_every_fact_that_a_field_can_be_made_of() -> None:
    page = (Path(__file__).parents[4] / "docs" / "contracts" / "event-facts.md").read_text(encoding="utf-8")
    rows = [f"| `{path}` | {words['zh']} | {words['en']} | {words.get('of', '')} |" for path, words in facts().items()]
    assert [line for line in page.splitlines() if line.startswith("| `")] == rows
