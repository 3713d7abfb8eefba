"""One pair as the command line tells it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from profile_engine.preferences import Preference
from tui.cli.output import Cell, Column, Passage, Result, ResultTable

if TYPE_CHECKING:
    from annotation.study import PairView, ResponseView, Study
    from tui.factor_rows import FactorRow

_FACTOR_COLUMNS: Final = (
    Column("Factor", "factor"),
    Column("A", "left"),
    Column("B", "right"),
    Column("More", "more"),
)
_CHOICE_COLUMNS: Final = (Column("Who", "who"), Column("Prefers", "choice"), Column("Remark", "remark"))
_LETTERS: Final = {Preference.LEFT: "A", Preference.TIE: "=", Preference.RIGHT: "B"}
_NO_CHOICE: Final = "–"


def side(choice: Preference | None) -> str | None:
    """A choice as JSON and CSV name it: left, right or tie."""
    return None if choice is None else choice.name.lower()


def letters(choices: Iterable[Preference | None]) -> str:
    """Several choices in short: A, B, = for a tie, – for none."""
    return " ".join(_NO_CHOICE if choice is None else _LETTERS[choice] for choice in choices)


def author(response: "ResponseView") -> str | None:
    """Who wrote a response, with the score it was asked for."""
    if response.agent is None or response.score is None:
        return response.agent
    return f"{response.agent} {response.score:g}"


def summary(view: "PairView") -> dict[str, Any]:
    """What a list says of a pair."""
    return {
        "pair": view.id,
        "external_id": view.external_id,
        "source": view.source_id,
        "title": view.title,
        "left": {"response": view.left.id, "agent": view.left.agent, "score": view.left.score},
        "right": {"response": view.right.id, "agent": view.right.agent, "score": view.right.score},
        "human": side(view.human),
        "labels": [
            {
                "annotator": label.annotator,
                "choice": side(label.choice),
                "sure": label.sure,
                "flagged": label.flagged,
                "note": label.note,
                "simulated": label.simulated,
            }
            for label in view.labels
        ],
        "verdicts": [
            {
                "agent": verdict.agent,
                "kind": verdict.kind.value,
                "choice": side(verdict.choice),
                "raw": verdict.raw,
                "justification": verdict.justification,
            }
            for verdict in view.verdicts
        ],
    }


def one_pair(study: "Study", view: "PairView") -> Result:
    """Everything of a pair: texts, factor values, who prefers what."""
    from tui.factor_rows import factor_rows

    rows = factor_rows(view, study.factors, None, None)
    document = {
        "study": study.name,
        **summary(view),
        "source_text": view.source,
        "left_text": view.left.text,
        "right_text": view.right.text,
        "factors": [_factor_document(view, row) for row in rows],
    }
    return Result(
        document,
        (
            ResultTable("Factor values", _FACTOR_COLUMNS, tuple(map(_factor_row, rows))),
            ResultTable("Who prefers what", _CHOICE_COLUMNS, tuple(_choice_rows(view))),
        ),
        passages=(
            Passage(f"Source: {view.title or view.external_id or view.source_id}", view.source),
            Passage(f"A: {author(view.left) or 'author not known'}", view.left.text),
            Passage(f"B: {author(view.right) or 'author not known'}", view.right.text),
        ),
    )


def _factor_document(view: "PairView", row: "FactorRow") -> dict[str, Any]:
    name = row.factor.name
    left, right = view.left.values.get(name), view.right.values.get(name)
    known = left or right
    return {
        "factor": name,
        "left": left.value if left else None,
        "right": right.value if right else None,
        "left_label": left.label if left else None,
        "right_label": right.label if right else None,
        "more": side(row.more),
        "reason": row.reason or None,
        "method": known.method if known else None,
    }


def _factor_row(row: "FactorRow") -> tuple[Cell, ...]:
    return row.factor.title, row.left, row.right, row.reason if row.more is None else _LETTERS[row.more]


def _choice_rows(view: "PairView") -> Iterable[tuple[Cell, ...]]:
    for label in view.labels:
        remarks = {"simulated": label.simulated, "sure": label.sure, "flagged": label.flagged}
        said = [word for word, holds in remarks.items() if holds]
        yield label.annotator, letters([label.choice]), ", ".join([*said, *filter(None, [label.note])])
    for verdict in view.verdicts:
        yield verdict.agent, letters([verdict.choice]), verdict.justification or verdict.raw or ""
