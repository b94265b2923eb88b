"""Labels as files: drawn for paper, for a printer, for a screen."""
