"""What stands where on a label: templates, fields, and text that fits."""
