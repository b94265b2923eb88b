"""The platform's signed-JSON interface, after the pattern of Chinese government platforms."""
