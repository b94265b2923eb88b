"""The resolver: an address from a label answers with a page, JSON-LD, or a set of links."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from labels.keys.naming import Naming
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.orders.models import Element
from tests.factories import create_order, elements_of

ClientAs = Callable[..., FlaskClient]
SLAB = "DBS1-67-3620-31"
HERE = "http://mes.example"
NAMING = Naming("0614141", "91350200MA2XN0XH64")


@pytest.fixture
def element(app: Flask, database: Database, clock: SetClock) -> Element:
    """The plant's first element: (01) 00614141000012 (21) 1."""
    app.config["MES_SETTINGS"] = app.config["MES_SETTINGS"].model_copy(update={"public_url": HERE})
    return elements_of(database, create_order(database, clock, [(SLAB, 1)]))[0]


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Somebody without an account."""
    return app.test_client()


def test_a_browser_gets_the_page(visitor: FlaskClient, element: Element) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    answer = visitor.get("/01/00614141000012/21/1?lang=en&utm_source=x&11=261121", headers=browser)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert SLAB in answer.text
    assert {"accept", "accept-language"} <= {name.lower() for name in answer.vary}
    assert answer.headers["Link"] == (
        '<http://mes.example/01/00614141000012/21/1?linkType=linkset>; rel="linkset"; type="application/linkset+json"'
    )


def test_the_linkset_is_that_of_the_rfc(visitor: FlaskClient, element: Element) -> None:
    """RFC 9264, section 4.2: a context object with an anchor, and by relation an array of targets with href."""
    answer = visitor.get("/01/00614141000012/21/1", headers={"Accept": "application/linkset+json"})
    assert answer.mimetype == "application/linkset+json"
    page = {
        "href": "http://mes.example/01/00614141000012/21/1",
        "type": "text/html",
        "hreflang": ["zh-CN", "en"],
        "title": "What it is",
        "title*": [{"value": "基本信息", "language": "zh-CN"}, {"value": "What it is", "language": "en"}],
    }
    life = {
        "href": "http://mes.example/01/00614141000012/21/1#life",
        "type": "text/html",
        "hreflang": ["zh-CN", "en"],
        "title": "Its life",
        "title*": [{"value": "全过程记录", "language": "zh-CN"}, {"value": "Its life", "language": "en"}],
    }
    assert answer.get_json() == {
        "linkset": [
            {
                "anchor": "https://id.gs1.org/01/00614141000012/21/1",
                "https://ref.gs1.org/voc/defaultLink": [page],
                "https://ref.gs1.org/voc/pip": [page],
                "https://ref.gs1.org/voc/traceability": [life],
            }
        ]
    }


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "text/html"),
        ("", "text/html"),
        ("image/png", "text/html"),
        ("application/ld+json", "application/ld+json"),
        ("application/json", "application/json"),
        ("text/html;q=0.4, application/ld+json;q=0.8", "application/ld+json"),
        ("application/linkset+json;q=0.5, application/ld+json;q=0.4, text/html;q=0.1", "application/linkset+json"),
        ("application/ld+json;q=0, */*", "text/html"),
        ("text/*, application/linkset+json;q=0.9", "text/html"),
    ],
)
def test_the_form_is_the_one_that_is_liked_best(
    visitor: FlaskClient, element: Element, accept: str, media_type: str
) -> None:
    answer = visitor.get("/01/00614141000012/21/1", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, media_type)


@pytest.mark.parametrize("asked", ["linkset", "all"])
def test_all_links_can_be_asked_for_in_the_address(visitor: FlaskClient, element: Element, asked: str) -> None:
    answer = visitor.get(f"/01/00614141000012/21/1?linkType={asked}", headers={"Accept": "text/html"})
    assert answer.mimetype == "application/linkset+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("asked", ["gs1:pip", "https://ref.gs1.org/voc/pip", "https://gs1.org/voc/pip", "pip"])
def test_one_link_can_be_asked_for_and_is_redirected_to(visitor: FlaskClient, element: Element, asked: str) -> None:
    answer = visitor.get("/01/00614141000012/21/1", query_string={"linkType": asked})
    assert (answer.status_code, answer.headers["Location"]) == (307, "http://mes.example/01/00614141000012/21/1")


def test_a_link_that_there_is_not_is_not_found(visitor: FlaskClient, element: Element) -> None:
    for asked in ("gs1:recipeInfo", "gs1:certificationInfo", "https://evil.example/", "\r\nX: y"):
        answer = visitor.get("/01/00614141000012/21/1", query_string={"linkType": asked})
        assert answer.status_code == 404


def test_json_ld_names_the_identity_and_what_the_page_tells(visitor: FlaskClient, element: Element) -> None:
    told = visitor.get("/01/00614141000012/21/1", headers={"Accept": "application/ld+json"}).get_json()
    assert told["@context"] == {"gs1": "https://ref.gs1.org/voc/", "schema": "https://schema.org/"}
    assert told["@id"] == "https://id.gs1.org/01/00614141000012/21/1"
    assert told["@type"] == "gs1:Product"
    assert (told["gs1:gtin"], told["gs1:hasSerialNumber"]) == ("00614141000012", "1")
    assert told["schema:url"] == {"@id": "http://mes.example/01/00614141000012/21/1"}
    assert told["schema:manufacturer"] == {
        "@type": "schema:Organization",
        "schema:name": "示范构件有限公司",
        "schema:taxID": "91350200MA2XN0XH64",
    }
    assert {"@value": "Project", "@language": "en"} in told["schema:additionalProperty"][1]["schema:name"]


def test_json_ld_uses_no_name_that_its_context_does_not_explain(visitor: FlaskClient, element: Element) -> None:
    told = visitor.get("/01/00614141000012/21/1", headers={"Accept": "application/ld+json"}).get_json()

    def names(value: object) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(names, value)) if value else set()
        if not isinstance(value, dict):
            return set()
        return set(value) | set().union(*(names(part) for part in value.values()))

    used = names({name: value for name, value in told.items() if name != "@context"})
    assert {name.partition(":")[0] for name in used if not name.startswith("@")} <= set(told["@context"])


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/01/00614141000013/21/1", "check digit"),
        ("/00/006141410000000001", "check digit"),
        ("/01/0061414100001a/21/1", "may not stand there"),
        ("/01/006141410000/21/1/specs", "check digit"),
        ("/01/00614141000012/21/123456789012345678901", "too many characters"),
        ("/8003/106141410000000001", "start with 0"),
        ("/414/0614141000013", "check digit"),
        ("/01/00614141000012/21/a%20b", "may not stand there"),
        ("/id/91350200MA2XN0XH65/element/1", "91350200MA2XN0XH65"),
    ],
)
def test_a_key_that_cannot_be_right_is_refused_with_its_reason(
    visitor: FlaskClient, element: Element, path: str, told: str
) -> None:
    page = visitor.get(f"{path}?lang=en")
    assert (page.status_code, told in page.text) == (400, True)
    problem = visitor.get(f"{path}?lang=en", headers={"Accept": "application/ld+json"})
    assert (problem.status_code, problem.mimetype) == (400, "application/problem+json")
    assert told in problem.get_json()["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/01/00614141000012/21/2",
        "/01/00614141000012/21/01",
        "/01/00614141000012",
        "/00/106141410000000002",
        "/414/0614141000999",
        "/8004/0614141X",
        "/id/91350200MA2XN0XH64/element/9",
        "/id/91350200MA2XN0XH64/person/9",
        "/id/x",
    ],
)
def test_what_is_not_of_this_house_is_not_found(visitor: FlaskClient, element: Element, path: str) -> None:
    answers = {kind: visitor.get(path, headers={"Accept": kind}) for kind in ("text/html", "application/linkset+json")}
    statuses = {kind: (answer.status_code, answer.mimetype) for kind, answer in answers.items()}
    assert statuses == {
        "text/html": (404, "text/html"),
        "application/linkset+json": (404, "application/problem+json"),
    }


def test_a_head_request_is_answered_without_a_body(visitor: FlaskClient, element: Element) -> None:
    answer = visitor.head("/01/00614141000012/21/1")
    assert (answer.status_code, answer.data) == (200, b"")
    assert "linkset" in answer.headers["Link"]


def test_a_lot_beside_the_serial_leads_to_the_same_element(visitor: FlaskClient, element: Element) -> None:
    told = visitor.get("/01/00614141000012/10/L1/21/1", headers={"Accept": "application/ld+json"})
    assert told.get_json()["@id"] == "https://id.gs1.org/01/00614141000012/21/1"


def test_the_plant_itself_has_a_page_in_both_languages(visitor: FlaskClient, element: Element) -> None:
    path = f"/414/{NAMING.place()['414']}"
    assert "示范构件有限公司" in visitor.get(f"{path}?lang=en").text
    assert "身份标识" in visitor.get(path, headers={"Accept-Language": "zh-CN"}).text
    assert "Its identity" in visitor.get(path, headers={"Accept-Language": "en"}).text
    told = visitor.get(path, headers={"Accept": "application/ld+json"}).get_json()
    assert (told["@type"], told["schema:name"]) == ("gs1:Place", "示范预制厂")


def test_the_company_has_a_page_with_no_name_of_a_person(visitor: FlaskClient, element: Element) -> None:
    page = visitor.get(f"/417/{NAMING.party()['417']}?lang=en")
    assert page.status_code == 200
    assert "Open in the plant" not in page.text


def test_staff_get_a_way_into_the_plant(client_as: ClientAs, element: Element) -> None:
    page = client_as("inspector").get(f"/414/{NAMING.place()['414']}")
    assert "Open in the plant" in page.text


def test_the_resolver_describes_itself(visitor: FlaskClient, element: Element) -> None:
    answer = visitor.get("/.well-known/gs1resolver")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    told = answer.get_json()
    assert told["resolverRoot"] == "http://mes.example"
    assert told["supportedPrimaryKeys"] == ["00", "01", "414", "417", "8003", "8004"]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("80614141123458/21/6789", {"01": "80614141123458", "21": "6789"}),
        ("80614141123458/21/6789/", {"01": "80614141123458", "21": "6789"}),
        ("80614141123458/10/C30/117", {"01": "80614141123458", "10": "C30/117"}),
        ("80614141123458/10/L/21/6789", {"01": "80614141123458", "10": "L", "21": "6789"}),
        ("80614141123458/22/V/10/L/21/6", {"01": "80614141123458", "22": "V", "10": "L", "21": "6"}),
        ("80614141123458/21/21", {"01": "80614141123458", "21": "21"}),
        ("80614141123458/21/1/10/2", {"01": "80614141123458", "21": "1/10/2"}),
        ("80614141123458", {"01": "80614141123458"}),
        ("80614141123458/21", {"01": "80614141123458/21"}),
    ],
)
def test_a_path_is_divided_at_its_qualifiers(path: str, key: dict[str, str]) -> None:
    from mes.identity.resolver import key_in_path

    assert key_in_path("01", path) == key
