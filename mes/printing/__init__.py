"""Labels on their way to paper: printers, routes, and the queue that no offline printer can block."""
