"""What `profile-tui validate compare` prints: two extractors on the same validated items."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from annotation.validation.extractors import ExtractorComparison
from tui.cli.output import Cell, Column, Result, ResultTable
from tui.cli.validation_results import figure_document, percent_of, shown_interval

_EXTRACTORS: Final = tuple(
    Column(title, key)
    for title, key in (
        ("Extractor", "extractor"),
        ("n", "n"),
        ("Correct", "correct"),
        ("Accuracy", "accuracy"),
        ("95 % interval", "interval"),
    )
)
_FLIPS: Final = tuple(
    Column(title, key)
    for title, key in (
        ("Response", "response"),
        ("Fact", "fact"),
        ("Right", "right"),
        ("First", "first"),
        ("Second", "second"),
    )
)
_COUNTED: Final = (
    "n",
    "both",
    "first_only",
    "second_only",
    "neither",
    "difference",
    "low",
    "high",
    "unmatched",
)
_FLAT: Final = tuple(
    Column(key, key) for key in ("factor", "first", "first_accuracy", "second", "second_accuracy", *_COUNTED)
)


def compared(comparisons: Sequence[ExtractorComparison]) -> Result:
    """Two extractors on the same items."""
    tables = []
    for one in comparisons:
        rows = [
            (extractor.name, figure.n, correct, percent_of(figure), shown_interval(figure.interval))
            for extractor, figure, correct in (
                (one.first, one.result.first, one.result.both + one.result.first_only),
                (one.second, one.result.second, one.result.both + one.result.second_only),
            )
        ]
        tables.append(ResultTable(one.title, _EXTRACTORS, tuple(rows), (_difference(one),)))
        if one.flips:
            flips = tuple((f.response_id, f.fact, f.right, f.first, f.second) for f in one.flips)
            tables.append(ResultTable(f"{one.title}: items that flip", _FLIPS, flips))
    documents = [_comparison_document(one) for one in comparisons]
    flat = tuple(_flat_row(document) for document in documents)
    return Result({"comparisons": documents}, tuple(tables), ResultTable("Comparisons", _FLAT, flat))


def _flat_row(document: Mapping[str, Any]) -> tuple[Cell, ...]:
    sides = (document["first"], document["second"])
    of_sides = (side[key] for side in sides for key in ("extractor", "accuracy"))
    return (document["factor"], *of_sides, *(document[key] for key in _COUNTED))


def _difference(one: ExtractorComparison) -> str:
    if one.result.difference is None or one.result.interval is None:
        return "No validated item has values of both."
    low, high = (100 * number for number in (one.result.interval.low, one.result.interval.high))
    return (
        f"First minus second {100 * one.result.difference:+.1f} points [{low:+.1f}, {high:+.1f}]; "
        f"{one.unmatched} validated items that one of them lacks."
    )


def _comparison_document(one: ExtractorComparison) -> dict[str, Any]:
    result = one.result
    return {
        "factor": one.factor,
        "first": {"extractor": one.first.name, **figure_document("accuracy", result.first)},
        "second": {"extractor": one.second.name, **figure_document("accuracy", result.second)},
        "n": result.n,
        "both": result.both,
        "first_only": result.first_only,
        "second_only": result.second_only,
        "neither": result.neither,
        "difference": result.difference,
        "low": None if result.interval is None else result.interval.low,
        "high": None if result.interval is None else result.interval.high,
        "unmatched": one.unmatched,
        "flips": [asdict(flip) for flip in one.flips],
    }
