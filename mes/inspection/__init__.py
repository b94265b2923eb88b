"""Inspections, measurements, photos, nonconformities and certificates; asks quality."""
