"""Yard, loads, trips, deliveries, site receipts, installation."""
