"""What corrections of factor values moved in a ranking."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.cli.output import Result

if TYPE_CHECKING:
    from profile_engine.ranking import FactorRanking


def with_moves(
    result: Result,
    raw: Sequence["FactorRanking"],
    corrected: Sequence["FactorRanking"],
    titles: Mapping[str, str],
) -> Result:
    """A ranking of corrected values, with what each factor's score and rank were before.

    Args:
        result: of the corrected rankings: one agent and one table each, in their order.
        raw: the same agents' rankings by the values as extracted.
        corrected: theirs.
        titles: of the factors, by name.
    """
    moves = [list(_moves(before, after)) for before, after in zip(raw, corrected, strict=True)]
    agents = [
        {**agent, "moved": moved} for agent, moved in zip(result.document["agents"], moves, strict=True)
    ]
    tables = tuple(
        replace(table, notes=(*table.notes, _note(moved, titles)))
        for table, moved in zip(result.tables, moves, strict=True)
    )
    return replace(
        result, document={**result.document, "values": "corrected", "agents": agents}, tables=tables
    )


def _moves(before: "FactorRanking", after: "FactorRanking") -> Iterator[dict[str, Any]]:
    for now in after.factors:
        was = before.of(now.score.factor)
        counts = (was.score.concordant, was.score.discordant, was.score.ties)
        if counts != (now.score.concordant, now.score.discordant, now.score.ties):
            yield {
                "factor": now.score.factor,
                "raw_score": was.score.score,
                "score": now.score.score,
                "raw_rank": was.rank,
                "rank": now.rank,
            }


def _note(moved: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> str:
    if not moved:
        return "Corrected values: nothing moved."
    return f"Corrected values moved {'; '.join(_move(move, titles) for move in moved)}."


def _move(move: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    before, after = (_shown(move[name], "{:.4f}") for name in ("raw_score", "score"))
    title, rank = titles[move["factor"]], _shown(move["rank"], "{}")
    if move["raw_rank"] == move["rank"]:
        return f"{title} {before} → {after}"
    return f"{title} {before} → {after}, rank {_shown(move['raw_rank'], '{}')} → {rank}"


def _shown(number: float | None, pattern: str) -> str:
    return "–" if number is None else pattern.format(number)
