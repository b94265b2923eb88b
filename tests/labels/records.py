"""Records for the tests of labels: the shortest, a typical and the longest of each kind that factories have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from labels.keys.digital_link import digital_link
from labels.keys.gs1 import element_key, load_key
from labels.layout import contents
from labels.layout.content import LabelContent
from labels.layout.records import (
    BadgeLabel,
    BatchLabel,
    ElementLabel,
    LoadLabel,
    MouldLabel,
    PalletLabel,
    RackLabel,
    SlotLabel,
)
from labels.tags.epc import encode_sgtin96

KEY = element_key("6901234", 123, "2026110017")
HOST = "https://mes.xiaoshan-pc.example"
PLANT = "萧山构件厂"
LONG_PLANT = "浙江省建设投资集团杭州装配式建筑构件生产基地二厂"
LONG_HOST = "https://traceability.prefab-hangzhou.example.com.cn:8443"
OWN = f"{LONG_HOST}/id/91330109MA2XXXXX1K"
MIXED_AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
LONG_EPC = "36" + "7A" * 24

ELEMENT = ElementLabel(
    type_code="DBS1-67-3612-22",
    family="叠合板",
    project="未来城二期装配式住宅工程",
    building="3#",
    floor="12F",
    position="A-3 / ②-③",
    serial="2026110017",
    identity_url=HOST + digital_link(KEY).removeprefix("https://id.gs1.org"),
    epc_hex=encode_sgtin96(KEY, gcp_length=7),
    weight_kg=1268.5,
    length_mm=3520,
    width_mm=1200,
    thickness_mm=60,
    concrete_grade="C30",
    produced_on=date(2026, 11, 21),
    plant=PLANT,
    status="合格",
)
LONG_ELEMENT = ElementLabel(
    type_code="YWQ1-3028-2415-BIM-B-R",
    family="预制夹心保温外墙板",
    project="滨江新城装配式住宅及配套公共建筑工程总承包项目（三期）A区地块一标段",
    building="12#西楼",
    floor="B1夹层",
    position="12-13/A-B轴北侧",
    serial="ABCDEFGHIJKLMNOPQRST",
    identity_url=LONG_HOST + "/01/06901234001235/21/ABCDEFGHIJKLMNOPQRST",
    epc_hex=LONG_EPC,
    weight_kg=12680.55,
    length_mm=11520.5,
    width_mm=2980.5,
    thickness_mm=300.5,
    concrete_grade="LC35",
    produced_on=date(2026, 12, 31),
    plant=LONG_PLANT,
    status="不合格品待处置",
)
LOAD = LoadLabel(
    sscc=load_key("6901234", 4711, 3)["00"],
    project="未来城二期装配式住宅工程",
    delivery_note="FH-20261121-007",
    vehicle_plate="浙A·8F329",
    driver="王建国",
    loaded_on=date(2026, 11, 21),
    element_count=9,
    weight_kg=11416.5,
    contents=("DBS1-67-3612-22 × 6", "YWQ-1 × 3"),
    plant=PLANT,
)
# By kind of label: what makes its content, and its records from the shortest to the longest.
RECORDS: Mapping[str, tuple[Callable[..., LabelContent], Mapping[str, Any]]] = {
    "element": (
        contents.element_content,
        {
            "shortest": ElementLabel("B1", "梁", "", "", "", "", "1", f"{HOST}/01/06901234001235/21/1"),
            "typical": ELEMENT,
            "longest": LONG_ELEMENT,
            "own": ElementLabel(
                "DBS1-67-3612-22", "叠合板", "未来城二期", "3#", "12F", "A-3", "2026110017", f"{OWN}/element/2026110017"
            ),
        },
    ),
    "pallet": (
        contents.pallet_content,
        {
            "shortest": PalletLabel("1"),
            "typical": PalletLabel("12", "PC 1 线", 9000, 3500, 20000, PLANT),
            "longest": PalletLabel(
                "10248",
                "预应力长线台座生产线（三车间）",
                12000.5,
                4000.5,
                120000.5,
                LONG_PLANT,
                f"{LONG_HOST}/8003/06901234001235ABCDEFGHIJKLMNOP",
                epc_hex=LONG_EPC,
            ),
        },
    ),
    "mould": (
        contents.mould_content,
        {
            "shortest": MouldLabel("M1", "M1"),
            "typical": MouldLabel(
                "WQ-3028-07",
                f"{HOST}/8003/06901234001235WQ-3028-07",
                "外墙板",
                ("YWQ1-3028", "YWQ2-3028"),
                200,
                PLANT,
                epc_hex="331A" + "5C" * 10,
            ),
            "longest": MouldLabel(
                "MJ-YWQ1-3028-2415-GROUP-A-VARIANT-12",
                f"{OWN}/mould/MJ-YWQ1-3028-2415",
                "预制夹心保温外墙板",
                ("YWQ1-3028-2415-BIM", "YWQ2-3028-2415-BIM", "YWQ3-3028-2415-BIM"),
                1500,
                LONG_PLANT,
            ),
        },
    ),
    "slot": (
        contents.slot_content,
        {
            "shortest": SlotLabel("A"),
            "typical": SlotLabel("A-03", "一号堆场", "平放", 12, "left", PLANT),
            "longest": SlotLabel(
                "ZONE-B-12",
                "三号成品堆场（北区）A 垛龙门吊作业区",
                "竖放插放架两侧对称堆放",
                120,
                "",
                LONG_PLANT,
                f"{LONG_HOST}/414/6901234000016/254/ZONE-B-12",
            ),
        },
    ),
    "rack": (
        contents.rack_content,
        {
            "shortest": RackLabel("R1"),
            "typical": RackLabel("R-12", "一号堆场", "竖放", 10, 30000, PLANT),
            "longest": RackLabel(
                "RACK-B-12-EAST",
                "三号成品堆场（北区）A 垛龙门吊作业区",
                "竖放插放架两侧对称",
                120,
                120000.5,
                LONG_PLANT,
                f"{LONG_HOST}/414/6901234000016/254/RACK-B-12-EAST",
                epc_hex=LONG_EPC,
            ),
        },
    ),
    "batch": (
        contents.batch_content,
        {
            "shortest": BatchLabel("1"),
            "typical": BatchLabel(
                "HNT-20261121-03",
                "混凝土",
                "C30 P6",
                "3.5 m³",
                datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
                "",
                "P6-30-A",
                PLANT,
            ),
            "longest": BatchLabel(
                "HNT-20261121-0003-REPAIR-MIX-07",
                "聚合物改性轻骨料混凝土",
                "LC35 P8 F250",
                "120.125 m³",
                date(2026, 11, 21),
                "浙江省建设投资集团新型建材股份有限公司商品混凝土分公司",
                "坍落度 180 ± 20 mm；掺量按试验室通知单执行",
                LONG_PLANT,
                f"{LONG_HOST}/01/06901234001235/10/ABCDEFGHIJKLMNOPQRST",
            ),
        },
    ),
    "badge": (
        contents.badge_content,
        {
            "shortest": BadgeLabel("丁", "1"),
            "typical": BadgeLabel("王建国", "U-0137", "质检员", PLANT, date(2027, 12, 31), "一车间"),
            "longest": BadgeLabel(
                "古丽娜尔·阿卜杜热西提·买买提",
                "CONTRACTOR-2026-00137",
                "隐蔽工程验收驻厂监理工程师",
                "浙江省工程建设监理有限公司第三项目监理部",
                date(2027, 12, 31),
                LONG_PLANT,
            ),
        },
    ),
    "load": (
        contents.load_content,
        {
            "shortest": LoadLabel(LOAD.sscc, ""),
            "typical": LOAD,
            "longest": LoadLabel(
                sscc=LOAD.sscc,
                project=LONG_ELEMENT.project,
                site_address="浙江省杭州市滨江区长河街道江南大道与时代大道交叉口东南侧（二号门进，限高 4.2 米）",
                delivery_note="FH-20261121-007-REPLACEMENT-02",
                vehicle_plate="浙A·D12345 / 浙A·8F32挂",
                driver="古丽娜尔·阿卜杜热西提",
                loaded_on=date(2026, 12, 31),
                element_count=120,
                weight_kg=120416.55,
                contents=tuple(f"YWQ{number}-3028-2415-BIM-B × {number}" for number in range(11, 23)),
                plant=LONG_PLANT,
                identity_url=f"{LONG_HOST}/00/{LOAD.sscc}",
            ),
            "own": LoadLabel(
                "", "未来城二期", delivery_note="FH-20261121-007", identity_url=f"{OWN}/load/FH-20261121-007"
            ),
        },
    ),
}


def content_of(kind: str, length: str, language: str) -> LabelContent:
    """The content of a record by its kind and length, in this language."""
    make, records = RECORDS[kind]
    return make(records[length], language)
