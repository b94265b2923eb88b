"""Re-planning after something happened: the plan that is only pushed back, an improved one, and what changes."""
