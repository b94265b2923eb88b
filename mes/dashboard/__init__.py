"""Daily tracking, key figures and the wall screen."""
