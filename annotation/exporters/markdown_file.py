"""Examples for a paper as Markdown, as PROFILE shows them in its Appendix A.1."""

from collections.abc import Iterator
from typing import Any, Final

from annotation.exporters.examples import Example, Examples, FactorSignal
from annotation.exporters.markdown_text import inline, quoted
from annotation.exporters.report import ExportReport
from annotation.exporters.target import Target, opened
from annotation.importers.study_rows import SIDE_NAMES

_LETTERS: Final = {1: "A", 0: "neither", -1: "B"}
_OF_NAMES: Final = {name: _LETTERS[side] for side, name in SIDE_NAMES.items()}


def export_markdown(examples: Examples, target: Target) -> ExportReport:
    """Write a section a pair: the texts with what differs, whom each factor speaks for, what was said."""
    with opened(target) as stream:
        about = "" if examples.model is None else f": people and {examples.model.address}"
        stream.write(f"# {inline(examples.study.name + about)}\n")
        for example in examples:
            stream.write("\n" + "\n\n".join(_section(example, examples)) + "\n")
    return ExportReport(len(examples.ids))


def _section(example: Example, examples: Examples) -> Iterator[str]:
    row = example.row
    title = row["source"].get("title")
    yield f"## Pair {example.id}" + (f": {inline(title)}" if title else "")
    yield f"**Source**\n\n{quoted(row['source']['text'])}"
    for side, name in SIDE_NAMES.items():
        if side:
            yield f"{_heading(example, side, name)}\n\n{quoted(row[name]['text'])}"
    differing = [signal for signal in example.signals if signal.more]
    if differing:
        yield "\n".join(_table(example, differing, examples))
    said = [*_said(example, examples)]
    if said:
        yield "\n".join(said)


def _heading(example: Example, side: int, name: str) -> str:
    response = example.row[name]
    author = inline(response.get("agent") or "author not known")
    score = "" if response.get("score") is None else f", score {response['score']:g}"
    values = _values(response)
    differing = (signal.factor for signal in example.signals if signal.more)
    shown = ", ".join(f"{inline(one.title)}: {values[one.name]}" for one in differing)
    preferred = " (preferred by people)" if example.human == side else ""
    return f"**{_LETTERS[side]}** {author}{score}{f' [{shown}]' if shown else ''}{preferred}"


def _values(response: dict[str, Any]) -> dict[str, str]:
    """What each factor's value is called; the last one of a factor stands."""
    return {
        told["factor"]: inline(told["label"]) if told.get("label") else _number(told["value"])
        for told in response.get("values", ())
        if told["value"] is not None
    }


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _table(example: Example, signals: list[FactorSignal], examples: Examples) -> Iterator[str]:
    model = examples.model
    heads = ["Factor", "A", "B", "more", "people", "speaks for"]
    if model is not None:
        heads += [inline(model.name), "speaks for"]
    yield f"| {' | '.join(heads)} |"
    yield "|" + " --- |" * len(heads)
    left, right = (_values(example.row[name]) for name in ("left", "right"))
    for signal in signals:
        name = signal.factor.name
        cells = [inline(signal.factor.title), left[name], right[name], _LETTERS[signal.more or 0]]
        cells += [_score(signal.people), _speaks(signal.people_pull)]
        if model is not None:
            cells += [_score(signal.model), _speaks(signal.model_pull)]
        yield f"| {' | '.join(cells)} |"


def _score(score: float | None) -> str:
    return "undefined" if score is None else f"{score:+.3f}"


def _speaks(side: int | None) -> str:
    return "–" if side is None else _LETTERS[side]


def _said(example: Example, examples: Examples) -> Iterator[str]:
    row = example.row
    if examples.model is not None:
        chosen = "nothing" if example.model is None else _LETTERS[example.model]
        yield f"- {inline(examples.model.address)} chose {chosen}"
    for answer in row["answers"]:
        if answer["kind"] == "label":
            sure = ", surely" if answer.get("sure") else ""
            yield f"- {inline(answer['annotator'])}: {_OF_NAMES[answer['choice']]}{sure}"
        elif answer["kind"] == "note":
            yield f"- {inline(answer['annotator'])}, note: {inline(answer['note'])}"
    for verdict in row["verdicts"]:
        choice = _OF_NAMES.get(verdict.get("choice", ""), "no preference")
        why = f": “{inline(verdict['justification'])}”" if verdict.get("justification") else ""
        yield f"- {inline(verdict['agent'])} ({verdict['kind']}): {choice}{why}"
    if example.remarks.tags:
        yield f"- Tags: {', '.join(map(inline, example.remarks.tags))}"
    if example.remarks.note:
        yield f"- Note: {inline(example.remarks.note)}"
