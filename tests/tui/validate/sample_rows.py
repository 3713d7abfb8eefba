"""The sample as its files have it, and what follows from them by counting."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.conftest import ROOT
from tests.tui.validate.program import squeeze

SAMPLE: Final = ROOT / "datasets" / "sample"


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one of its files."""
    lines = Path(SAMPLE / name).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def find_response(read: str) -> str:
    """Whose text was read on the display: the key of the response."""
    (key,) = [row["id"] for row in rows("responses.jsonl") if squeeze(row["summary"]) == squeeze(read)]
    assert isinstance(key, str)
    return key


def extracted(factor: str) -> dict[str, str]:
    """The class of each response."""
    return {row["id"]: row["values"][factor] for row in rows("responses.jsonl")}


@dataclass(frozen=True, slots=True)
class Counted:
    """The majority's pairs by what a factor says of them; the sample's people never tie."""

    concordant: int
    discordant: int
    factor_ties: int


def count_pairs(classes: Mapping[str, str], order: Mapping[str, int]) -> Counted:
    """Go through the labelled pairs one by one.

    Args:
        classes: of each response.
        order: which class has how much of the factor.
    """
    votes: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for label in rows("labels.jsonl"):
        left, right = label["left"], label["right"]
        votes[min(left, right), max(left, right)][left if label["choice"] == "left" else right] += 1
    counts: Counter[int] = Counter()
    for (first, second), chosen in votes.items():
        winner = chosen.most_common(1)[0][0]
        loser = second if winner == first else first
        more = order[classes[winner]] - order[classes[loser]]
        counts[(more > 0) - (more < 0)] += 1
    return Counted(counts[1], counts[-1], counts[0])
