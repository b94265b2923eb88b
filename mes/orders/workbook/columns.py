"""The titles under which sheets, columns and labels are known, in Chinese and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from mes.core.text import N_
from mes.library.atlas import Family
from mes.orders.workbook.model import PartyRole


@dataclass(frozen=True)
class Column:
    """A column: its title in both languages, other titles it goes by, and whether a sheet must have it."""

    zh: str
    en: str
    others: tuple[str, ...] = ()
    required: bool = True
    hint: str = ""

    @property
    def titles(self) -> tuple[str, ...]:
        """Every title it may stand under."""
        return (self.zh, self.en, *self.others)


@dataclass(frozen=True)
class Sheet:
    """A sheet: its names and its columns by key."""

    zh: str
    en: str
    others: tuple[str, ...]
    columns: Mapping[str, Column]
    required: bool = True

    @property
    def titles(self) -> tuple[str, ...]:
        """Every name it may have."""
        return (self.zh, self.en, *self.others)


def fold(title: str) -> str:
    """A title without what people add to it: blanks, marks for “required”, units and notes in brackets, case."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    folded = re.sub(r"\([^)]*\)", "", folded)
    return re.sub(r"[\s*:：_/.,、、\-]+", "", folded)


PROJECT_FIELDS: Mapping[str, Column] = {
    "code": Column("项目编号", "Project code", ("项目代码", "工程编号", "Project no")),
    "name": Column("项目名称", "Project name", ("工程名称", "工程项目")),
    "address": Column("项目地址", "Address", ("工程地址", "Project address"), required=False),
    "permit_number": Column("施工许可证号", "Permit no.", ("施工许可证编号", "Construction permit no"), required=False),
    "contract_number": Column("合同编号", "Contract no.", ("合同号",), required=False),
}

PARTY_COLUMNS: Mapping[str, Column] = {
    "role": Column("责任主体", "Party", ("单位类别", "角色", "Role")),
    "name": Column("单位名称", "Company", ("名称", "Name", "Company name")),
    "credit_code": Column("统一社会信用代码", "Credit code", ("信用代码", "Unified social credit code")),
    "contact": Column("联系人及电话", "Contact", ("联系人", "联系方式"), required=False),
}

PARTY_ROLES: Mapping[PartyRole, Column] = {
    PartyRole.OWNER: Column("建设单位", "Owner", ("业主",), required=False),
    PartyRole.DESIGNER: Column("设计单位", "Designer", (), required=False),
    PartyRole.CONTRACTOR: Column("施工单位", "Contractor", ("总包单位",), required=False),
    PartyRole.SUPERVISOR: Column("监理单位", "Supervisor", (), required=False),
    PartyRole.PRODUCER: Column("生产单位", "Producer", ("构件生产单位", "预制构件厂")),
}

FAMILIES: Mapping[Family, Column] = {
    Family.COMPOSITE_SLAB: Column("叠合板", "Composite slab", ("叠合楼板", "桁架叠合板")),
    Family.EXTERIOR_WALL: Column("外墙板", "Exterior wall", ("外墙", "预制外墙", "三明治外墙")),
    Family.INTERIOR_WALL: Column("内墙板", "Interior wall", ("内墙", "预制内墙")),
    Family.STAIR: Column("楼梯", "Stair", ("预制楼梯", "梯段板")),
    Family.BEAM: Column("梁", "Beam", ("预制梁", "叠合梁")),
    Family.COLUMN: Column("柱", "Column", ("预制柱", "柱子")),
    Family.BALCONY: Column("阳台板", "Balcony", ("阳台", "预制阳台")),
    Family.AC_SLAB: Column("空调板", "AC slab", ("预制空调板",)),
    Family.BAY_WINDOW: Column("飘窗", "Bay window", ("预制飘窗", "凸窗")),
    Family.PARAPET: Column("女儿墙", "Parapet", ("预制女儿墙",)),
}

PROJECT = Sheet("项目信息", "Project", ("工程信息", "Project information"), {})

FLOORS = Sheet(
    "楼栋楼层",
    "Buildings and floors",
    ("楼栋", "Buildings", "Floors"),
    {
        "building_code": Column(
            "楼栋", "Building", ("楼栋编号", "楼号", "栋号", "Building code"),
            hint=N_("Short code of the building, such as 1#"),
        ),
        "building_name": Column(
            "楼栋名称", "Building name", (), required=False, hint=N_("May be blank: then the code is used")
        ),
        "floor_name": Column("楼层", "Floor", ("楼层名称", "Floor name", "Storey"),
                             hint=N_("Name of the floor, such as 3F")),
        "level_order": Column(
            "层序", "Level order", ("楼层顺序", "Level"), hint=N_("Whole number, rising from below")
        ),
    },
)  # fmt: skip

ELEMENTS = Sheet(
    "构件清单",
    "Elements",
    ("构件", "Element list"),
    {
        "building_code": Column(
            "楼栋", "Building", ("楼栋编号", "楼号", "栋号", "Building code"),
            hint=N_("As on the sheet of buildings and floors"),
        ),
        "floor_name": Column("楼层", "Floor", ("楼层名称", "Floor name", "Storey"),
                             hint=N_("As on the sheet of buildings and floors")),
        "position": Column(
            "位置", "Position",
            ("构件编号/位置(轴线)", "构件编号/位置", "构件位置", "轴线", "轴线位置", "安装位置", "Grid position"),
            required=False,
            hint=N_("Grid position, once on each floor; blank: elements are numbered"),
        ),
        "mark": Column("构件编号", "Piece mark", ("编号", "Mark"), required=False,
                       hint=N_("Your own mark, may be blank")),
        "type_code": Column("型号", "Type code", ("构件型号", "规格型号", "类型", "Type"),
                            hint=N_("Atlas code such as DBS1-67-3620-31, or one of your own types")),
        "count": Column("数量", "Count", ("件数", "块数", "Quantity"), hint=N_("Whole number from 1")),
        "required_on": Column(
            "需求日期", "Required on", ("要货日期", "交货日期", "进场日期", "Required date", "Delivery date"),
            hint=N_("Date on which the site needs the element"),
        ),
        "erection_sequence": Column(
            "吊装顺序", "Erection sequence", ("吊装序号", "安装顺序", "Sequence"), required=False,
            hint=N_("Whole number from 1; blank: the order of the rows counts"),
        ),
        "remark": Column("备注", "Remark", ("说明", "Remarks", "Note"), required=False,
                         hint=N_("Free text")),
    },
)  # fmt: skip

OWN_TYPES = Sheet(
    "自定义型号",
    "Own types",
    ("项目型号", "Own type codes"),
    {
        "type_code": Column("型号", "Type code", ("构件型号", "规格型号", "Type"),
                            hint=N_("Your own code, as in the element list")),
        "family": Column("构件类别", "Family", ("类别", "构件类型"), hint=N_("Choose from the list")),
        "length_mm": Column("长度", "Length", ("长",), hint=N_("In millimetres")),
        "width_mm": Column("宽度", "Width", ("宽", "高度"), hint=N_("In millimetres; for walls the height")),
        "thickness_mm": Column("厚度", "Thickness", ("厚",), hint=N_("In millimetres")),
        "volume_m3": Column("混凝土体积", "Concrete volume", ("体积", "方量", "混凝土方量", "Volume"),
                            hint=N_("In cubic metres")),
        "weight_kg": Column("重量", "Weight", ("质量", "构件重量"), hint=N_("In kilograms")),
        "concrete_grade": Column("混凝土强度等级", "Concrete grade", ("强度等级", "混凝土等级", "混凝土标号"),
                                 hint=N_("Such as C30")),
        "drawing_number": Column("图号", "Drawing no.", ("图纸编号", "Drawing number"), required=False,
                                 hint=N_("May be blank")),
    },
    required=False,
)  # fmt: skip

UNITS = {
    "length_mm": "mm",
    "width_mm": "mm",
    "height_mm": "mm",
    "thickness_mm": "mm",
    "volume_m3": "m³",
    "weight_kg": "kg",
}

INSTRUCTIONS = Sheet("填写说明", "Instructions", ("Lists", "选项"), {}, required=False)

SHEETS = (PROJECT, FLOORS, ELEMENTS, OWN_TYPES)
