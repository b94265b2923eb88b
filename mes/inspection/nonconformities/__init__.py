"""Nonconformities (不合格): reported from a phone, disposed of by roles, proved made good, counted by their causes."""

from mes.inspection.nonconformities.analysing import analyse_nonconformity
from mes.inspection.nonconformities.deciding import AlreadyDisposed, DispositionRefused, dispose
from mes.inspection.nonconformities.kinds import OTHER_KINDS, Cause, causes, known_kinds
from mes.inspection.nonconformities.opening import EVENT, open_nonconformity, put_aside
from mes.inspection.nonconformities.replacing import NoReplacementDue, order_replacement_for
from mes.inspection.nonconformities.reporting import LeftThePlant, report_nonconformity, require_on_element
from mes.inspection.nonconformities.stopping import (
    OpenNonconformity,
    awaits_reinspection,
    open_numbers,
    put_aside_after_unloading,
    require_none_open,
    settle_by_inspection,
)

__all__ = [
    "EVENT",
    "OTHER_KINDS",
    "AlreadyDisposed",
    "Cause",
    "DispositionRefused",
    "LeftThePlant",
    "NoReplacementDue",
    "OpenNonconformity",
    "analyse_nonconformity",
    "awaits_reinspection",
    "causes",
    "dispose",
    "known_kinds",
    "open_nonconformity",
    "open_numbers",
    "order_replacement_for",
    "put_aside",
    "put_aside_after_unloading",
    "report_nonconformity",
    "require_none_open",
    "require_on_element",
    "settle_by_inspection",
]
