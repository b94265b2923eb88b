"""Statistics of quality: first-pass yield, Pareto, control charts, capability and drift, from what was inspected."""
