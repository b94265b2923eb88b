"""The verbs of the shop floor, and the two calls for the inspection room."""

from mes.machines.service.keeping import GatewayReading
from mes.shopfloor.loads import moulds_of
from mes.shopfloor.service.batch_lots import (
    BatchLot,
    BatchMaterialsNoted,
    NoteBatchMaterials,
    note_batch_materials,
)
from mes.shopfloor.service.batches import AssignBatch, BatchAssigned, RecordBatch, assign_batch, record_batch
from mes.shopfloor.service.discrepancies import ResolveDiscrepancy, resolve_discrepancy
from mes.shopfloor.service.entry import (
    EnterNextLoad,
    LoadEntered,
    SetAutomaticEntry,
    enter_next_load,
    set_automatic_entry,
)
from mes.shopfloor.service.finishing import ElementsFinished, FinishElements, finish_elements
from mes.shopfloor.service.materials import (
    JudgeLot,
    MaterialScanned,
    NoteQuantity,
    QuantityNoted,
    RegisterLot,
    ScanMaterial,
    judge_lot,
    note_quantity,
    register_lot,
    scan_material,
)
from mes.shopfloor.service.moulds import MouldNoted, NoteMould, note_mould
from mes.shopfloor.service.operations import (
    FinishOperation,
    HoldOperation,
    OperationAnswer,
    ResumeOperation,
    StartOperation,
    finish_operation,
    hold_operation,
    resume_operation,
    start_operation,
)
from mes.shopfloor.service.readings import HandleReadings, ReadingsTaken, handle_readings
from mes.shopfloor.service.releases import (
    AskReleaseAgain,
    PendingCommand,
    ReportCommandResult,
    ask_release_again,
    pending_commands,
    pending_releases,
    report_command_result,
)
from mes.shopfloor.service.signal_rules import SetSignalRules, SignalRulesSet, set_signal_rules, text_in_force
from mes.shopfloor.service.steps import hidden_works_changed, release_for_demoulding

__all__ = [
    "AskReleaseAgain",
    "AssignBatch",
    "BatchAssigned",
    "BatchLot",
    "BatchMaterialsNoted",
    "ElementsFinished",
    "EnterNextLoad",
    "FinishElements",
    "FinishOperation",
    "GatewayReading",
    "HandleReadings",
    "HoldOperation",
    "JudgeLot",
    "LoadEntered",
    "MaterialScanned",
    "MouldNoted",
    "NoteBatchMaterials",
    "NoteMould",
    "NoteQuantity",
    "OperationAnswer",
    "PendingCommand",
    "QuantityNoted",
    "ReadingsTaken",
    "RecordBatch",
    "RegisterLot",
    "ReportCommandResult",
    "ResolveDiscrepancy",
    "ResumeOperation",
    "ScanMaterial",
    "SetAutomaticEntry",
    "SetSignalRules",
    "SignalRulesSet",
    "StartOperation",
    "ask_release_again",
    "assign_batch",
    "enter_next_load",
    "finish_elements",
    "finish_operation",
    "handle_readings",
    "hidden_works_changed",
    "hold_operation",
    "judge_lot",
    "moulds_of",
    "note_batch_materials",
    "note_mould",
    "note_quantity",
    "pending_commands",
    "pending_releases",
    "record_batch",
    "register_lot",
    "release_for_demoulding",
    "report_command_result",
    "resolve_discrepancy",
    "resume_operation",
    "scan_material",
    "set_automatic_entry",
    "set_signal_rules",
    "start_operation",
    "text_in_force",
]
