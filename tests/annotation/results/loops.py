"""What the log and the data say of every pair, and tau of it, in plain loops."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import kendalltau

from annotation.profiles import load_profile
from annotation.store.tables import answers
from annotation.study import Study
from tests.annotation.results.appendix import scores_of


@dataclass(frozen=True)
class Row:
    """A pair as the log and the data have it."""

    model: str
    scored: int
    said: tuple[int, ...]
    manifests: dict[str, int]

    @property
    def majority(self) -> int | None:
        choice, votes = Counter(self.said).most_common(1)[0]
        return choice if 2 * votes > len(self.said) else None


def log_of(study: Study) -> list[tuple[int, int, int, int]]:
    """Who said what of which pair, canonical and as pressed."""
    with study.reading() as connection:
        rows = connection.execute(answers.select().order_by(answers.c.id)).all()
    return [(row.annotator_id, row.pair_id, row.choice, row.shown_choice) for row in rows]


def rows_of(study: Study) -> dict[int, Row]:
    """Every pair with labels, in loops."""
    profile, scores, said = load_profile(study), scores_of(study), defaultdict(list)
    with study.reading() as connection:
        log = connection.exec_driver_sql(
            "SELECT annotator_id, pair_id, choice FROM answers WHERE kind = 'label' ORDER BY id"
        ).all()
    for person, pair, choice in log:
        assert choice is not None
        said[pair].append((person, choice))
    return {
        pair: Row(
            scores[pair][0],
            1 if scores[pair][1] > scores[pair][2] else -1,
            tuple(choice for _, choice in votes),
            dict(zip(profile.factors, profile.manifestations[profile.row(pair)].tolist(), strict=True)),
        )
        for pair, votes in said.items()
    }


def tau_of(rows: Iterable[Row]) -> float:
    """tau_b of generation scores by what was scored, and of evaluation scores by majorities (PROFILE 3.2)."""
    rows = list(rows)
    generation, evaluation = [], []
    for factor in rows[0].manifests:
        c = d = ties = 0
        for row in rows:
            met = row.scored * row.manifests[factor]
            c, d, ties = c + (met == 1), d + (met == -1), ties + (met == 0)
        generation.append((c - d) / (c + d + ties))
        c = d = ties = 0
        for row in rows:
            if row.majority is not None and row.manifests[factor]:
                met = row.majority * row.manifests[factor]
                c, d, ties = c + (met == 1), d + (met == -1), ties + (met == 0)
        evaluation.append((c - d) / (c + d + ties))
    return float(kendalltau(generation, evaluation).statistic)
