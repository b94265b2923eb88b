"""Projects, buildings, floors, orders, elements, and the element's lifecycle."""
