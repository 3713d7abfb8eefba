"""What the engine's tests share."""

from hypothesis import settings

# An example's time says how busy the machine is (and once, that scipy was imported), not whether it is right.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
