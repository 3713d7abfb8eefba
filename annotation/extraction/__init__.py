"""Filling a study with factor values: by rules, by UniEval, by a model that judges."""

from annotation.extraction.rules import ExtractionReport, Progress, extract_rules

__all__ = ["ExtractionReport", "Progress", "extract_rules"]
