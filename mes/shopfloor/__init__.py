"""Station work lists, operations, material lots, casting batches, downtime; hears from the lines."""
