"""Examples as JSON Lines: everything of a pair, which factor speaks for whom, tags and note."""

import json
from typing import Any

from annotation.exporters.examples import Example, Examples, FactorSignal, side_name
from annotation.exporters.report import ExportReport
from annotation.exporters.target import Target, opened


def export_examples(examples: Examples, target: Target) -> ExportReport:
    """Write a line a pair, as `export_jsonl` does, so that it can be imported again, and beside it why."""
    with opened(target) as stream:
        for example in examples:
            stream.write(json.dumps(_line(example, examples), ensure_ascii=False) + "\n")
    return ExportReport(len(examples.ids))


def _line(example: Example, examples: Examples) -> dict[str, Any]:
    model = examples.model
    about_model = {} if model is None else {"model": model.name, "model_kind": model.kind.value}
    return {
        **example.row,
        "pair": example.id,
        "tags": list(example.remarks.tags),
        "note": example.remarks.note,
        "people_choose": side_name(example.human),
        **about_model,
        **({} if model is None else {"model_chooses": side_name(example.model)}),
        "factors": [signal_columns(signal, with_model=model is not None) for signal in example.signals],
    }


def signal_columns(signal: FactorSignal, *, with_model: bool) -> dict[str, Any]:
    """One factor of one pair: which side has more of it, the scores, and whom it speaks for."""
    people = {
        "factor": signal.factor.name,
        "more": side_name(signal.more),
        "people_score": signal.people,
        "people_pull": side_name(signal.people_pull),
    }
    model = {"model_score": signal.model, "model_pull": side_name(signal.model_pull)}
    return {**people, **model} if with_model else people
