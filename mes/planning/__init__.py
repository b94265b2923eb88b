"""Lines, stations, calendars, pallets and plan versions; hands problems to scheduling."""
