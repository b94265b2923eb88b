"""RFID readers on the network: a client of the Low Level Reader Protocol, and an emulator of a reader."""
