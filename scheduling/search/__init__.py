"""The local search over plans: starts, moves, annealing, and walks that exchange what they find."""
