"""RFID readers as the house uses them: at a bench within a request, at a gate in a worker's thread."""
