"""Statistics of quality: control charts, the Western Electric rules, capability, drift, yield and Pareto order."""

from quality.statistics.capability import Capability, Indices, at_least, capability, indices
from quality.statistics.charts import (
    ChartPoint,
    ControlChart,
    Sample,
    VariablesCharts,
    fraction_chart,
    individuals,
    mean_and_range,
)
from quality.statistics.constants import Factors, StatisticsInputError, factors
from quality.statistics.counts import Bin, ParetoBar, Yield, histogram, pareto
from quality.statistics.drift import Drift, DriftKind, Trend, drift, trend
from quality.statistics.runs import Rule, Side, Signal, western_electric
from quality.statistics.tolerances import PER_CENT_OF_TOLERANCE, Judged, Limits, Scaled, on_one_scale

__all__ = [
    "PER_CENT_OF_TOLERANCE",
    "Bin",
    "Capability",
    "ChartPoint",
    "ControlChart",
    "Drift",
    "DriftKind",
    "Factors",
    "Indices",
    "Judged",
    "Limits",
    "ParetoBar",
    "Rule",
    "Sample",
    "Scaled",
    "Side",
    "Signal",
    "StatisticsInputError",
    "Trend",
    "VariablesCharts",
    "Yield",
    "at_least",
    "capability",
    "drift",
    "factors",
    "fraction_chart",
    "histogram",
    "indices",
    "individuals",
    "mean_and_range",
    "on_one_scale",
    "pareto",
    "trend",
    "western_electric",
]
