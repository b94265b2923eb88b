"""MQTT 5 and 3.1.1: where a broker is, the connection to it, and machines that publish JSON or plain values."""
