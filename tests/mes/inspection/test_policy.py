"""The plant's policy and its own rule sets: versions, digests, refusals with their place, judgements repeated."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput, NotFound, StaleVersion
from mes.inspection.judgement import judge_readings, rules_of
from mes.inspection.models import Inspection, QualityPolicy, RuleSetFile
from mes.inspection.policy import Policy, judged_by, policy_in_force, rule_set_named, rules_of_things
from mes.inspection.policy.schemas import SetPolicy, UploadRuleSet
from mes.inspection.policy.service import set_policy, upload_rule_set
from mes.inspection.policy.tables import compared, table_of
from mes.ledger.models import LedgerEvent
from quality import (
    Dimensions,
    Measurement,
    digest_of,
    inspection_plan,
    judge_plan,
    load_rules,
    parse_rules,
)
from quality.rules import RULE_SETS
from tests.conftest import actor
from tests.mes.inspection.stage import Stage, good_readings, needs_fonts

Client = Callable[..., FlaskClient]
OWN = (RULE_SETS / "examples" / "own-strict.yaml").read_text(encoding="utf-8")


def upload(stage: Stage, text: str = OWN, role: str = "admin") -> str:
    command = UploadRuleSet(text=text, file="own.yaml")
    return perform(stage.database, actor(role), stage.clock, upload_rule_set, command).sha256


def put(stage: Stage, content: dict[str, object], expected: int = 0, role: str = "admin") -> int:
    command = SetPolicy(content=Policy.model_validate(content), expected_version=expected)
    return perform(stage.database, actor(role), stage.clock, set_policy, command).version


def events(database: Database, kind: str) -> list[LedgerEvent]:
    with database.reading() as session:
        return list(session.scalars(select(LedgerEvent).where(LedgerEvent.kind == kind)))


def test_without_a_policy_the_packaged_one_holds(stage: Stage) -> None:
    with stage.database.reading() as session:
        assert policy_in_force(session) == Policy()
        assert rules_of(session.merge(stage.element())).id == "gb50204-2015"


def test_each_change_is_a_version_with_its_event(stage: Stage) -> None:
    assert put(stage, {"rules": {"default": "gbt51231-2016"}}) == 1
    assert put(stage, {"sampling": "lots"}, expected=1) == 2
    with stage.database.reading() as session:
        assert session.get_one(QualityPolicy, 1).content["rules"]["default"] == "gbt51231-2016"
        assert policy_in_force(session).sampling == "lots"
    assert [event.content["data"]["version"] for event in events(stage.database, "quality.policy_set")] == [1, 2]


def test_a_policy_made_from_an_old_version_is_refused(stage: Stage) -> None:
    put(stage, {})
    with pytest.raises(StaleVersion):
        put(stage, {"sampling": "lots"})
    with stage.database.reading() as session:
        assert policy_in_force(session).sampling == "full"


def test_a_policy_that_names_what_is_not_there_changes_nothing(stage: Stage) -> None:
    rules = {"default": "gb50204-2002", "families": {"roof": "gbt51231-2016"}, "projects": {"P-none": "gbt51231-2016"}}
    with pytest.raises(InvalidInput) as refusal:
        put(stage, {"rules": rules})
    assert [fault.where for fault in refusal.value.faults] == [
        "rules.default",
        "rules.families.roof",
        "rules.projects.P-none",
    ]
    with pytest.raises(InvalidInput):
        put(stage, {"rules": {"default": "gbt51231-2016-mould"}})
    assert not events(stage.database, "quality.policy_set")


@pytest.mark.parametrize("role", ["operator", "planner", "supervisor"])
def test_only_who_may_configure_sets_policy_and_rules(stage: Stage, role: str) -> None:
    with pytest.raises(Forbidden):
        put(stage, {}, role=role)
    with pytest.raises(Forbidden):
        upload(stage, role=role)
    with stage.database.reading() as session:
        assert session.scalars(select(RuleSetFile)).all() == []


def test_an_own_set_is_kept_with_the_set_it_sharpens_under_the_digest_of_both(stage: Stage) -> None:
    digest = upload(stage)
    with stage.database.reading() as session:
        row = session.get_one(RuleSetFile, digest)
        assert row.own
        assert digest_of(row.text) == digest
        again = parse_rules(row.text)
        assert again.base is not None
        assert again.base.text == load_rules("gb50204-2015").text
    assert upload(stage) == digest, "the same file is the same set"
    assert len(events(stage.database, "quality.rule_set_uploaded")) == 2


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("allowed: [-3, 3]", "allowed: [-6, 3]"), "own.yaml:items.length.rows[0].allowed"),
        (("share: 0.1", "share: 0.01"), "own.yaml:sampling.share"),
        (("id: own-strict", "id: gbt51231-2016"), "id"),
        (("sharpens: gb50204-2015\n", ""), "sharpens"),
        (("kind: tolerances", "kind: {"), "own.yaml:line 5"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_place(
    stage: Stage, change: tuple[str, str], place: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        upload(stage, OWN.replace(*change, 1))
    assert refusal.value.faults[0].where.startswith(place.split("line")[0])
    with stage.database.reading() as session:
        assert session.scalars(select(RuleSetFile)).all() == []


def test_the_own_set_judges_where_the_policy_says_so(stage: Stage) -> None:
    """Length 3420: +4 is within ±5 of the standard and beyond the plant's own ±3."""
    upload(stage)
    reading = [one.model_copy(update={"values": [3424.0]}) for one in good_readings() if one.item == "length"]
    results = []
    for version, content in enumerate(({}, {"rules": {"families": {"composite_slab": "own-strict"}}})):
        put(stage, dict(content), expected=version)
        with stage.database.reading() as session:
            results.append(judge_readings(session.merge(stage.element()), reading).items[0])
    assert [(one.result.value, one.allowed, one.clause) for one in results] == [
        ("pass", (-5, 5), "GB 50204-2015 table 9.2.7"),
        ("fail", (-3, 3), "Q/EXAMPLE 001-2026 clause 5.1"),
    ]


def test_a_project_counts_before_a_family(stage: Stage) -> None:
    code = stage_project(stage)
    put(stage, {"rules": {"families": {"composite_slab": "gb50204-2015"}, "projects": {code: "gbt51231-2016"}}})
    with stage.database.reading() as session:
        assert rules_of(session.merge(stage.element())).id == "gbt51231-2016"


def stage_project(stage: Stage) -> str:
    with stage.database.reading() as session:
        return session.merge(stage.element()).project.code


@needs_fonts
def test_an_inspection_keeps_the_rules_it_was_judged_by_though_the_plant_changes_them(stage: Stage) -> None:
    first = upload(stage)
    put(stage, {"rules": {"default": "own-strict"}})
    stage.to("curing")
    stage.cubes(stage.cast(), 31.0, 32.0, 33.0)
    stage.to("finished")
    done = stage.record(stage.final())
    changed = upload(stage, OWN.replace("allowed: [-3, 3]", "allowed: [-1, 1]", 1))
    assert changed != first
    with stage.database.reading() as session:
        inspection = session.get_one(Inspection, done.inspection_id)
        assert (inspection.rule_set, inspection.rule_set_sha256) == ("own-strict", first)
        judged, today = judged_by(session, inspection), rule_set_named(session, "own-strict")
    limits = [next(row.allowed for row in table_of(rules) if row.item == "length") for rules in (judged, today)]
    assert limits == ["±3", "±1"]
    assert judged.sha256 == first
    assert today.sha256 == changed


@needs_fonts
def test_the_page_of_an_inspection_leads_to_the_rules_it_was_judged_by(stage: Stage, client_as: Client) -> None:
    stage.to("curing")
    stage.cubes(stage.cast(), 31.0, 32.0, 33.0)
    stage.to("finished")
    done = stage.record(stage.final())
    client = client_as("inspector")
    digest = load_rules("gb50204-2015").sha256
    assert client.get(f"/api/v1/inspections/{done.inspection_id}").get_json()["rule_set_sha256"] == digest
    page = client.get(f"/inspection/inspections/{done.inspection_id}").get_data(as_text=True)
    assert f'href="/inspection/rules/{digest}"' in page
    assert "±5" in client.get(f"/inspection/rules/{digest}").get_data(as_text=True)


def test_a_kept_plan_is_a_file_and_no_table(stage: Stage, client_as: Client) -> None:
    stage.to("in_setup")
    stage.record(stage.hidden_works())
    client, digest = client_as("inspector"), inspection_plan("hidden_works", "composite_slab").sha256
    assert digest_of(client.get(f"/inspection/rules/{digest}/file").get_data(as_text=True)) == digest
    assert client.get(f"/inspection/rules/{digest}").status_code == 404


def test_versions_and_files_are_kept_on_both_databases(any_database: Database, clock: SetClock) -> None:
    for expected, name in enumerate(("gbt51231-2016", "own-strict")):
        perform(any_database, actor("admin"), clock, upload_rule_set, UploadRuleSet(text=OWN, file="own.yaml"))
        content = Policy.model_validate({"rules": {"default": name}})
        perform(any_database, actor("admin"), clock, set_policy, SetPolicy(content=content, expected_version=expected))
    with any_database.reading() as session:
        assert policy_in_force(session).rules.default == "own-strict"
        assert rule_set_named(session, "own-strict").text == parse_rules(OWN).text


def test_a_packaged_set_is_kept_as_it_was_too(stage: Stage) -> None:
    stage.to("in_setup")
    done = stage.record(stage.hidden_works())
    with stage.database.reading() as session:
        inspection = session.get_one(Inspection, done.inspection_id)
        row = session.get_one(RuleSetFile, inspection.rule_set_sha256)
        assert (inspection.rule_set, row.own) == ("hidden-works", False)
        assert digest_of(row.text) == row.sha256


def test_an_unknown_rule_set_is_not_found(stage: Stage) -> None:
    with stage.database.reading() as session, pytest.raises(NotFound):
        rule_set_named(session, "gb50204-2002")


def test_two_editions_differ_where_the_tables_do() -> None:
    """Diagonal of a slab: 10 in table 9.2.7, 6 in table 9.7.4-1; length of a wall: ±4 in both."""
    rows = compared(load_rules("gb50204-2015"), load_rules("gbt51231-2016"), {"inner": "inside", "outer": "outside"})
    slab = next(row for row in rows if row.item == "diagonal" and "composite_slab" in row.family)
    assert (slab.left, slab.right, slab.differs) == ("≤ 10", "≤ 6", True)
    wall = next(row for row in rows if row.item == "length" and "exterior_wall" in row.family)
    assert (wall.left, wall.right) == ("±4", "±4")


# pages and API


def test_the_page_shows_rows_with_clause_and_mark(stage: Stage, client_as: Client) -> None:
    client = client_as("inspector")
    page = client.get("/inspection/rules").get_data(as_text=True)
    assert "gbt51231-2016-mould" in page
    table = client.get("/inspection/rules/gb50204-2015").get_data(as_text=True)
    assert "≤ min(L/750, 20)" in table
    assert "GB 50204-2015 table 9.2.7" in table
    assert "not yet verified" in table
    both = client.get("/inspection/rules/compare?left=gb50204-2015&right=gbt51231-2016").get_data(as_text=True)
    assert "≤ 10" in both
    assert client.get("/inspection/rules/gb50204-2002").status_code == 404


def test_a_fault_of_an_uploaded_file_is_shown_at_its_place(stage: Stage, client_as: Client) -> None:
    client = client_as("admin")
    bad = OWN.replace("allowed: [-3, 3]", "allowed: [-6, 3]", 1).encode()
    answer = client.post("/inspection/rules/upload", data=form(rule_file=(io.BytesIO(bad), "own.yaml")))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "own.yaml:items.length.rows[0].allowed" in page
    assert "[-6, 3] is looser than the [-5, 5] of GB 50204-2015 table 9.2.7" in page
    good = client.post("/inspection/rules/upload", data=form(rule_file=(io.BytesIO(OWN.encode()), "own.yaml")))
    assert good.headers["Location"] == "/inspection/rules/own-strict"
    assert "Q/EXAMPLE 001-2026 clause 5.1" in client.get("/inspection/rules/own-strict").get_data(as_text=True)
    kept = client.get("/inspection/rules/own-strict/file").get_data(as_text=True)
    assert parse_rules(kept).id == "own-strict"


def form(**fields: object) -> dict[str, object]:
    return {"command_id": str(uuid4()), **fields}


def test_the_policy_is_set_on_the_page(stage: Stage, client_as: Client) -> None:
    client = client_as("admin")
    fields = form(
        expected_version="0",
        default="gbt51231-2016",
        sampling="lots",
        witness="required",
        **{"family:beam": "gb50204-2015"},
    )
    assert client.post("/inspection/rules/policy", data=fields).status_code == 303
    with stage.database.reading() as session:
        policy = policy_in_force(session)
    assert (policy.rules.default, policy.rules.families, policy.sampling, policy.witness) == (
        *("gbt51231-2016", {"beam": "gb50204-2015"}, "lots", "required"),
    )
    again = client.post("/inspection/rules/policy", data=form(expected_version="0", maturity_confidence="90"))
    assert again.status_code == 409
    assert (
        client.post("/inspection/rules/policy", data=form(expected_version="1", maturity_confidence="x")).status_code
        == 422
    )


def test_the_api_tells_and_sets(stage: Stage, client_as: Client) -> None:
    client = client_as("admin")
    assert client.get("/api/v1/quality-policy").get_json()["version"] == 0
    ids = [one["id"] for one in client.get("/api/v1/rule-sets").get_json()["items"]]
    assert {"gb50204-2015", "gbt51231-2016", "gbt51231-2016-mould", "gbt51231-2016-rebar"} <= set(ids)
    done = client.post("/api/v1/rule-sets", json={"text": OWN, "file": "own.yaml"})
    assert done.status_code == 201
    told = client.get(f"/api/v1/rule-sets/{done.get_json()['sha256']}").get_json()
    assert (told["id"], told["sharpens"], told["own"]) == ("own-strict", "gb50204-2015", True)
    body = {"content": {"rules": {"default": "own-strict"}}, "expected_version": 0}
    assert client.put("/api/v1/quality-policy", json=body).get_json() == {"version": 1}
    bad = client.post("/api/v1/rule-sets", json={"text": OWN.replace("share: 0.1", "share: 0.01"), "file": "own.yaml"})
    assert bad.status_code == 422
    assert bad.get_json()["errors"][0]["where"] == "own.yaml:sampling.share"


def test_the_example_that_is_offered_can_be_uploaded(stage: Stage, client_as: Client) -> None:
    text = client_as("inspector").get("/inspection/rules/example").get_data(as_text=True)
    assert upload(stage, text)


def test_the_packaged_files_stay_what_judgements_were_made_by() -> None:
    """A rule file that is edited in place would change nothing that was judged, as the text is kept by its digest."""
    for path in sorted(Path(RULE_SETS).glob("g*-20*.yaml")):
        if "kind: tolerances" in path.read_text(encoding="utf-8"):
            assert load_rules(path.stem).sha256 == digest_of(path.read_text(encoding="utf-8"))


def test_the_policy_of_the_contract_is_one() -> None:
    text = (Path(__file__).parents[3] / "docs" / "contracts" / "quality-policy.md").read_text(encoding="utf-8")
    told = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])["content"]
    assert set(told) == set(Policy.model_fields)
    assert Policy.model_validate(told).model_dump(mode="json") == told


def test_moulds_are_judged_by_the_set_that_the_policy_names(stage: Stage) -> None:
    """Bed flatness 2 of the standard, 1 of the plant's own: a gap of 1.5 passes one and fails the other."""
    own = """kind: tolerances
id: own-mould
sharpens: gbt51231-2016-mould
standard: Q/EXAMPLE 002-2026
edition: "2026"
title: {zh: 模具内控, en: Moulds in house}
source: {zh: 企业内控, en: in house}
verified: true
items:
  mould_bed_flatness:
    clause: clause 3
    method: {zh: 靠尺, en: straightedge}
    rows:
      - {for: [all], allowed: 1}
"""
    upload(stage, own)
    with pytest.raises(InvalidInput) as refusal:
        put(stage, {"rules": {"default": "own-mould"}})
    assert [fault.where for fault in refusal.value.faults] == ["rules.default"]
    put(stage, {"rules": {"mould": "own-mould"}})
    with stage.database.reading() as session:
        rules = rules_of_things(session, "mould")
        assert rules_of_things(session, "incoming") is None
    size = Dimensions(3420, 1760, 60)
    plan = inspection_plan("mould", "composite_slab", size, rules)
    flatness = Measurement("mould_bed_flatness", None, (1.5,))
    assert judge_plan(plan, {}, [flatness], size).items[0].clause == "Q/EXAMPLE 002-2026 clause 3"
    assert judge_plan(plan, {}, [flatness], size).result == "fail"
    packaged = inspection_plan("mould", "composite_slab", size)
    assert judge_plan(packaged, {}, [flatness], size).result == "pass"
