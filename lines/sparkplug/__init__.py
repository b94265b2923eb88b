"""Sparkplug B: its payload, and machines behind edge nodes that speak it (Eclipse Sparkplug 3.0.0)."""
