"""The sheets of a list of moulds and pallets, and the titles that their columns go by."""

from __future__ import annotations

from mes.core.text import N_
from mes.orders.workbook.columns import Column, Sheet

MOULDS = Sheet(
    "模具清单",
    "Moulds",
    ("模具", "模具台账", "Mould list"),
    {
        "code": Column("模具编号", "Mould code", ("编号", "模具号", "Code"),
                       hint=N_("Your own code, as on the mould's label")),
        "family": Column("构件类别", "Family", ("类别", "构件类型"), hint=N_("Choose from the list")),
        "type_code": Column("型号", "Type code", ("构件型号", "规格型号", "Type"), required=False,
                            hint=N_("The one type that it makes; blank: every type of the family")),
        "drawing_number": Column("图号", "Drawing no.", ("图纸编号", "模具图号", "Drawing number"), required=False,
                                 hint=N_("May be blank")),
        "length_mm": Column("长度", "Length", ("长", "外形长度"), required=False,
                            hint=N_("The mould's own size, in millimetres")),
        "width_mm": Column("宽度", "Width", ("宽", "外形宽度"), required=False,
                           hint=N_("The mould's own size, in millimetres")),
        "height_mm": Column("高度", "Height", ("高", "外形高度"), required=False,
                            hint=N_("The mould's own size, in millimetres")),
        "casts": Column("已浇筑次数", "Casts so far", ("已用次数", "使用次数", "累计次数"), required=False,
                        hint=N_("Casts before it was entered here; blank: none")),
        "casts_between_maintenance": Column(
            "检修间隔次数", "Casts between maintenance", ("检修间隔", "保养间隔"), required=False,
            hint=N_("It is inspected again after so many casts; blank: 200"),
        ),
        "maker": Column("制造单位", "Maker", ("厂家", "模具厂", "Manufacturer"), required=False,
                        hint=N_("May be blank")),
        "remark": Column("备注", "Remark", ("说明", "Remarks", "Note"), required=False, hint=N_("Free text")),
    },
    required=False,
)  # fmt: skip

PALLETS = Sheet(
    "模台清单",
    "Pallets",
    ("模台", "模台台账", "Pallet list"),
    {
        "number": Column("模台号", "Pallet number", ("编号", "模台编号", "Number"),
                         hint=N_("The number painted on it")),
        "line": Column("生产线", "Line", ("线别", "产线", "Line code"), hint=N_("The line's code, such as SL")),
        "remark": Column("备注", "Remark", ("说明", "Remarks", "Note"), required=False, hint=N_("Free text")),
    },
    required=False,
)  # fmt: skip

SHEETS = (MOULDS, PALLETS)
