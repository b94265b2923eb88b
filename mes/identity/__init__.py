"""Who a thing is: its key, its other names, its tags, and where a scan of any of them leads."""
