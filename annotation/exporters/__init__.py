"""A study into files: JSON Lines that can be imported again, CSV, and pairs for training (DPO)."""

from annotation.exporters.guard import guarded

__all__ = ["guarded"]
