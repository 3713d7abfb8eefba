"""Factors as a training signal: DPO pairs that follow people's factors, and each factor by itself."""

import json
from collections import Counter
from typing import Any

from annotation.exporters.examples import Example, Examples, side_name
from annotation.exporters.examples_file import signal_columns
from annotation.exporters.preference_shape import PLAIN, Shape
from annotation.exporters.report import ExportReport
from annotation.exporters.target import Target, opened


def export_factor_dpo(examples: Examples, target: Target, shape: Shape = PLAIN) -> ExportReport:
    """Write the pairs in which people's factors speak for a side, with that side chosen.

    They speak by the sum of people's factor scores, each with the sign of the side that has more of the
    factor; `margin` is how far that is from 0. A pair on which most people chose otherwise is left out, so no
    line contradicts them.
    """
    written = 0
    left_out: Counter[str] = Counter()
    with opened(target) as stream:
        for example in examples:
            margin = sum(
                signal.more * signal.people
                for signal in example.signals
                if signal.more is not None and signal.people is not None
            )
            side = (margin > 0) - (margin < 0)
            reason = _why_not(side, example.human)
            if reason is not None:
                left_out[reason] += 1
                continue
            line = {**_texts(example, side, shape), "pair": example.row["key"], "margin": abs(margin)}
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            written += 1
    return ExportReport(written, dict(left_out))


def export_factors(examples: Examples, target: Target) -> ExportReport:
    """Write a line for each factor of each pair: the side with more of it, and whom that speaks for.

    `manifestation` is 1 where the left response has more of it, -1 the right one, 0 neither.
    """
    written = 0
    left_out: Counter[str] = Counter()
    model = examples.model
    with opened(target) as stream:
        for example in examples:
            choices: dict[str, Any] = {"human": side_name(example.human)}
            if model is not None:
                choices |= {"agent": model.address, "model": side_name(example.model)}
            for signal in example.signals:
                if signal.more is None:
                    left_out["no value on one side"] += 1
                    continue
                line = {
                    "pair": example.row["key"],
                    **signal_columns(signal, with_model=model is not None),
                    "manifestation": signal.more,
                    **choices,
                    "tags": list(example.remarks.tags),
                }
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
                written += 1
    return ExportReport(written, dict(left_out), thing="signal")


def _why_not(side: int, human: int | None) -> str | None:
    if not side:
        return "people's factors speak for neither side"
    if human == 0:
        return "people chose neither"
    return None if human in (None, side) else "most people chose the other side"


def _texts(example: Example, side: int, shape: Shape) -> dict[str, Any]:
    chosen, rejected = ("left", "right") if side > 0 else ("right", "left")
    row = example.row
    return shape.columns(row["source"]["text"], row[chosen]["text"], row[rejected]["text"])
