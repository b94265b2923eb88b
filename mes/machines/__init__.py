"""What the machines say: devices, latest values, state intervals, measurements, alarms, and commands to them."""
