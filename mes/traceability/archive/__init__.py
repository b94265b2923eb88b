"""Archive packages for the city construction archive (城建档案): a signed bag of an element, an order or a project."""
