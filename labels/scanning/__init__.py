"""What was scanned, read or typed."""
