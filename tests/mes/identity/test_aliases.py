"""Other names of things, in their schemes' normal forms, and where a scan of any name or tag leads."""

from __future__ import annotations

import pytest

from labels import parse
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput
from mes.identity.queries import Found, find, find_with_tag, names_of
from mes.identity.service import AliasOf, AliasTaken, GiveAlias, TakeAlias, give_alias, take_alias
from tests.conftest import actor
from tests.mes.identity.tagged import NOBODYS_EPC, OTHER_TID, TID, Tagging, build_tagging

FUJIAN = "35020A00011611230017"  # region 35, county 02, maker 0A, class 01, 2016-11-23, serial 001, check character 7


@pytest.fixture
def tagging(database: Database, clock: SetClock, plant: None) -> Tagging:
    return build_tagging(database, clock)


def give(tagging: Tagging, index: int, scheme: str, value: str) -> AliasOf:
    command = GiveAlias(subject=tagging.subject(index), scheme=scheme, value=value)
    return perform(tagging.database, actor("planner"), tagging.clock, give_alias, command)


def found(tagging: Tagging, text: str) -> str | None:
    """The number of the thing that an operator's scan leads to."""
    with tagging.database.reading() as session:
        thing = find(session, actor("operator"), parse(text))
    return thing.number if thing else None


def found_with_tag(tagging: Tagging, text: str) -> Found | None:
    with tagging.database.reading() as session:
        return find_with_tag(session, actor("operator"), parse(text))


def test_a_city_code_is_kept_in_its_normal_form_and_leads_to_the_element(tagging: Tagging) -> None:
    given = give(tagging, 0, "fujian", "3502-0a00-0116-1123-0017")
    assert given.value == FUJIAN
    assert found(tagging, "3502 0A00 0116 1123 0017") == str(tagging.elements[0].serial)
    [event] = tagging.events()
    assert (event.kind, event.content["data"]["scheme"], event.content["data"]["value"]) == (
        "alias.given",
        "fujian",
        FUJIAN,
    )


def test_a_name_that_breaks_its_scheme_is_refused_and_nothing_kept(tagging: Tagging) -> None:
    with pytest.raises(InvalidInput, match="day of the calendar"):
        give(tagging, 0, "fujian", FUJIAN.replace("161123", "161332"))
    with pytest.raises(InvalidInput, match="no scheme"):
        give(tagging, 0, "atlantis", "X")
    assert not tagging.events()


def test_a_name_of_another_thing_is_refused_and_the_thing_named(tagging: Tagging) -> None:
    give(tagging, 0, "plant", "YB-3F-07")
    with pytest.raises(AliasTaken, match=str(tagging.elements[0].serial)):
        give(tagging, 1, "plant", "YB-3F-07")
    assert not tagging.events(1)


def test_the_same_name_given_twice_is_one(tagging: Tagging) -> None:
    assert give(tagging, 0, "plant", "YB-3F-07").id == give(tagging, 0, "plant", "YB-3F-07").id
    assert len(tagging.events()) == 1


def test_a_name_that_is_taken_away_leads_nowhere_and_the_ledger_remembers(tagging: Tagging) -> None:
    given = give(tagging, 0, "handle", "88.118.8/JXDY2106023")
    assert found(tagging, "88.118.8/JXDY2106023") == str(tagging.elements[0].serial)
    perform(tagging.database, actor("planner"), tagging.clock, take_alias, TakeAlias(alias_id=given.id))
    assert found(tagging, "88.118.8/JXDY2106023") is None
    assert [event.kind for event in tagging.events()] == ["alias.given", "alias.ended"]


@pytest.mark.parametrize("role", ["operator", "inspector", "receiver", "admin"])
def test_only_planners_give_names(tagging: Tagging, role: str) -> None:
    command = GiveAlias(subject=tagging.subject(), scheme="plant", value="X-1")
    with pytest.raises(Forbidden):
        perform(tagging.database, actor(role), tagging.clock, give_alias, command)


def test_a_scan_of_key_epc_or_tid_leads_to_the_element(tagging: Tagging) -> None:
    element = tagging.elements[0]
    tagging.bind(0, TID)
    texts = (element.digital_link, element.epc_hex, TID, TID.lower())
    assert [found(tagging, text) for text in texts] == [str(element.serial)] * 4


def test_a_tag_with_a_strange_epc_leads_to_what_it_is_on(tagging: Tagging) -> None:
    tagging.bind(0, TID, NOBODYS_EPC)
    assert found(tagging, NOBODYS_EPC) == str(tagging.elements[0].serial)


def test_a_replaced_tag_leads_to_its_thing_and_is_told(tagging: Tagging) -> None:
    tagging.bind(0, TID)
    tagging.replace(0, OTHER_TID)
    led = found_with_tag(tagging, TID)
    assert led is not None
    assert led.ended is not None
    assert (led.thing.number, led.ended.tid) == (str(tagging.elements[0].serial), TID)
    now = found_with_tag(tagging, OTHER_TID)
    assert now is not None
    assert now.ended is None


def test_scans_lead_those_with_projects_to_their_own_things_only(tagging: Tagging) -> None:
    receiver = actor("receiver", project_ids=frozenset({tagging.elements[0].project_id}))
    with tagging.database.reading() as session:
        assert find(session, receiver, parse(tagging.foreign.digital_link)) is None
        assert find(session, receiver, parse(tagging.elements[0].digital_link)) is not None


def test_a_things_names_are_its_tags_and_aliases(tagging: Tagging) -> None:
    tagging.bind(0, TID)
    tagging.clock.advance(days=1)
    tagging.replace(0, OTHER_TID)
    give(tagging, 0, "plant", "YB-3F-07")
    with tagging.database.reading() as session:
        names = names_of(session, tagging.subject())
    assert names.tag is not None
    assert names.tag.tid == OTHER_TID
    assert [tag.tid for tag in names.former_tags] == [TID]
    assert [(alias.scheme, alias.value) for alias in names.aliases] == [("plant", "YB-3F-07")]
