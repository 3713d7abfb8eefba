"""What `profile-tui study report --per-pair` prints: what the labels of every pair come to."""

from typing import Final

from annotation.results.labels import Labelling
from annotation.results.report import StudyReport
from profile_engine.crowd import CrowdMethod
from profile_engine.preferences import MISSING, Preference
from profile_engine.tally import Signs
from tui.cli.output import Cell, Column, ResultTable

_PAIRS: Final = (
    Column("Pair", "pair", counts=False),
    Column("Id", "id", wraps=True),
    Column("L", "left"),
    Column("T", "tie"),
    Column("R", "right"),
    Column("Majority", "majority"),
    Column("Settled", "adjudicated"),
    Column("D-S", "dawid_skene"),
    Column("p D-S", "dawid_skene_probability", digits=3),
    Column("MACE", "mace"),
    Column("p MACE", "mace_probability", digits=3),
)
_HEADS: Final = (
    "L, T, R: labels for the left response, for a tie, for the right one. Settled: the majority, else what "
    "was settled by hand. D-S: Dawid-Skene. p: how probable that answer is by it."
)


def pair_documents(report: StudyReport) -> list[dict[str, Cell]]:
    """Every pair, by the keys of CSV."""
    return [_document(report, row) for row in range(len(report.outcomes.pair_ids))]


def pair_table(report: StudyReport, name: str, notes: tuple[str, ...]) -> ResultTable:
    """A row a pair; ids that the data gave, where it gave some."""
    columns = _PAIRS if report.external_ids else tuple(one for one in _PAIRS if one.key != "id")
    rows = tuple(tuple(document[column.key] for column in columns) for document in pair_documents(report))
    return ResultTable(f"{name}: labels by pair", columns, rows, (_HEADS, *notes))


def pairs_flat(report: StudyReport) -> ResultTable:
    """The same with all columns, whatever the data gave."""
    rows = tuple(tuple(document.values()) for document in pair_documents(report))
    return ResultTable("Pairs", _PAIRS, rows)


def _document(report: StudyReport, row: int) -> dict[str, Cell]:
    outcomes = report.outcomes
    pair = int(outcomes.pair_ids[row])
    right, tie, left = outcomes.ballots[row].tolist()
    words = {labelling: _word(signs, row) for labelling, signs in outcomes.signs.items()}
    certain = {method: float(found.probabilities[row].max()) for method, found in outcomes.crowd.items()}
    return {
        "pair": pair,
        "id": report.external_ids.get(pair),
        "left": left,
        "tie": tie,
        "right": right,
        "majority": words[Labelling.MAJORITY],
        "adjudicated": words[Labelling.ADJUDICATED],
        "dawid_skene": words[Labelling.DAWID_SKENE],
        "dawid_skene_probability": certain[CrowdMethod.DAWID_SKENE],
        "mace": words[Labelling.MACE],
        "mace_probability": certain[CrowdMethod.MACE],
    }


def _word(signs: Signs, row: int) -> str | None:
    sign = int(signs[row])
    return None if sign == MISSING else Preference(sign).name.lower()
