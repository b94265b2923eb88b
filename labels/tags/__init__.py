"""What an RFID tag holds: the encodings of the EPC Tag Data Standard."""
