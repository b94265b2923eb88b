"""Standard component library: families, types, revisions, moulds and routes."""
