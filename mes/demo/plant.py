"""The demo plant itself: set up, its people with fresh secrets, lines, yard and lots."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import select

from mes.accounts.models import Person
from mes.accounts.permissions import permissions_of
from mes.accounts.service import AddPerson, SetPlant, actor_of, add_person, set_plant
from mes.core.actor import Actor
from mes.demo.diary import Diary
from mes.demo.facts import PersonFacts, facts
from mes.library.bills import SetBill, set_bill
from mes.library.models import ComponentType
from mes.library.service import RegisterMould, RetireMould, register_mould, retire_mould
from mes.logistics.service import AddYardSlot, add_yard_slot
from mes.planning.heads import NameHead, name_head
from mes.planning.line_description import read_plant
from mes.planning.service import SetUpLines, set_up_lines
from mes.printing.service import AddPrinter, SetRoute, add_printer, set_route
from mes.shopfloor.service import RegisterLot, register_lot

SIGN_INS_FILE = "demo-sign-ins.json"
SETTER_UP = "setter-up"
GATEWAY = "gateway"
UNMISTAKABLE = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class SignIn:
    """How somebody of the demo signs in."""

    role: str
    name: str
    password: str
    pin: str
    badge: str


def installer(plant_name: str) -> Actor:
    """Whoever sets the plant up: an administrator who may describe lines and the yard as well."""
    granted = permissions_of("admin") | permissions_of("planner") | {"line:write"}
    return Actor("demo", plant_name, "admin", plant_name, granted, kind="system")


def set_up(diary: Diary) -> None:
    """Plant, lines, routes, yard slots and printers."""
    plant = facts().plant
    diary.actors[SETTER_UP] = installer(plant.organisation_name)
    diary.actors[GATEWAY] = Actor(
        "token:gateway", "gateway", "gateway", plant.organisation_name, permissions_of("gateway"), kind="program"
    )
    diary.do(SETTER_UP, set_plant, SetPlant(**plant.model_dump()))
    diary.do(SETTER_UP, set_up_lines, SetUpLines(description=read_plant("demo")))
    for kind, slots in facts().yard_slots.items():
        for code in [f"{area}-{number:02d}" for area in slots.areas for number in range(1, slots.slots + 1)]:
            slot = AddYardSlot.model_validate({"code": code, "kind": kind, "capacity": slots.capacity})
            diary.do(SETTER_UP, add_yard_slot, slot)
    diary.do(SETTER_UP, name_head, NameHead(name=facts().head_of_production))
    set_up_printers(diary)


def set_up_printers(diary: Diary) -> None:
    """Label printers and routes: one on this machine's own network, one that makes files."""
    for printer in facts().printers:
        width, height = printer.media_mm
        described = {"code": printer.code, "name": printer.name, "host": printer.host, "port": printer.port}
        media = {"media_width_mm": width, "media_height_mm": height}
        kind = {"kind": "zpl" if printer.host else "pdf", "writes_rfid": printer.rfid, **media}
        diary.do(SETTER_UP, add_printer, AddPrinter.model_validate({**described, **kind}))
        for label in printer.labels:
            for station in printer.stations:
                way = {"label": label, "station": station, "printer": printer.code}
                diary.do(SETTER_UP, set_route, SetRoute.model_validate(way))


def register_lots(diary: Diary) -> None:
    """The lots of material that lie in the store."""
    for lot in facts().lots:
        received_at = diary.now - timedelta(days=5)
        diary.do("operator", register_lot, RegisterLot(**lot.model_dump(), received_at=received_at))


def write_bills(diary: Diary) -> None:
    """What a piece of each type takes, for the types that have no bill yet."""
    query = select(ComponentType).order_by(ComponentType.type_code)
    for kind in [one for one in diary.session.scalars(query) if not one.bill and one.family in facts().bills]:
        bill = facts().bills[kind.family]
        measured = {name: round(share * kind.concrete_volume_m3, 2) for name, share in bill.per_m3.items()}
        lines = [{"kind": name, "quantity": quantity} for name, quantity in (measured | bill.per_piece).items()]
        diary.do("planner", set_bill, SetBill.model_validate({"type_id": kind.id, "lines": lines}))


def register_moulds(diary: Diary) -> None:
    """The moulds of the plant; some have left service."""
    for mould in facts().moulds:
        described = mould.model_dump(exclude={"withdrawn_for", "retired_for"})
        diary.do("planner", register_mould, RegisterMould(**described))
        reason = mould.retired_for or mould.withdrawn_for
        if reason:
            left = RetireMould(code=mould.code, reason=reason, for_good=bool(mould.retired_for))
            diary.do("planner", retire_mould, left)


def add_people(diary: Diary, project_ids: Mapping[str, UUID]) -> list[SignIn]:
    """Everybody whose projects are there, who is not there yet; each with fresh secrets."""
    wanted = [person for person in facts().people if person.sign_in not in diary.actors]
    ready = [person for person in wanted if not person.project or person.project in project_ids]
    return [_add(diary, person, project_ids) for person in ready]


def _add(diary: Diary, person: PersonFacts, project_ids: Mapping[str, UUID]) -> SignIn:
    sign_in = SignIn(person.role, person.sign_in, _password(), _pin(), f"B{secrets.token_hex(6).upper()}")
    company = facts().parties[person.organisation].name
    if person.project:
        roles = facts().projects[person.project].parties
        company = facts().parties[roles[person.organisation]].name
    added = diary.do(
        SETTER_UP,
        add_person,
        AddPerson(
            sign_in_name=person.sign_in,
            name=person.name,
            role=person.role,
            organisation=company,
            crew=person.crew,
            password=SecretStr(sign_in.password),
            pin=SecretStr(sign_in.pin),
            badge=SecretStr(sign_in.badge),
            project_ids=[project_ids[person.project]] if person.project else [],
        ),
    )
    diary.actors[person.sign_in] = actor_of(diary.session.get_one(Person, added.id))
    return sign_in


def _password() -> str:
    return "-".join("".join(secrets.choice(UNMISTAKABLE) for _ in range(4)) for _ in range(3))


def _pin() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def write_sign_ins(folder: Path, sign_ins: list[SignIn]) -> Path:
    """Keep how people sign in, readable by the owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / SIGN_INS_FILE
    rows = [dict(vars(sign_in)) for sign_in in sign_ins]
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(rows, stream, ensure_ascii=False, indent=2)
    file.chmod(0o600)
    return file
