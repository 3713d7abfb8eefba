"""What follows from people's answers, counted again the slow way.

Goes through the rows in their order, one by one, in plain Python: none of the queries, arrays and formulas
that screens and reports use, so that a mistake in either shows.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from sqlalchemy import Connection

from annotation.study import Study
from profile_engine.preferences import AgentKind, Setting
from profile_engine.taxonomy import Factor

Choices = dict[int, int]
"""By pair: 1 left, 0 a tie, -1 right."""


@dataclass(slots=True)
class Recount:
    """What the rows say.

    Attributes:
        people: what each annotator who counts says now, by name.
        asked: of that, what was asked for whatever others said: by it people agree or not.
        models: the same of everybody else, by name and kind.
        unanswered: on how many pairs a model was asked and has no preference.
        manifesting: in which response a factor manifests more, by factor; not where it has no value.
        log: the labels of people who count, as they came: annotator, pair, choice.
    """

    people: dict[str, Choices] = field(default_factory=dict)
    asked: dict[str, Choices] = field(default_factory=dict)
    models: dict[tuple[str, str], Choices] = field(default_factory=dict)
    unanswered: Counter[tuple[str, str]] = field(default_factory=Counter)
    manifesting: dict[str, Choices] = field(default_factory=dict)
    log: list[tuple[str, int, int | None]] = field(default_factory=list)

    def said(self) -> dict[int, list[int]]:
        """The choices of each pair that has any."""
        return _by_pair(self.people.values())

    def said_unselected(self) -> dict[int, list[int]]:
        """The same of those that were asked for in any case."""
        return _by_pair(self.asked.values())

    def majorities(self) -> Choices:
        """What more than half say, of pairs where more than half say the same."""
        found = {}
        for pair, choices in self.said().items():
            [(choice, votes)] = Counter(choices).most_common(1)
            if 2 * votes > len(choices):
                found[pair] = choice
        return found


def recount(study: Study, connection: Connection) -> Recount:
    """Count again what is in a study."""
    found = Recount()
    names = {row.id: (row.name, row.kind) for row in _rows(connection, "SELECT id, name, kind FROM agents")}
    _hear_people(connection, names, found)
    pairs = list(_rows(connection, "SELECT id, left_id, right_id FROM pairs"))
    _read_scores(connection, names, pairs, found)
    _hear_models(connection, names, found)
    values: dict[tuple[int, str], float | None] = {}
    for row in _rows(connection, "SELECT response_id, factor, value FROM factor_values ORDER BY id"):
        values[row.response_id, row.factor] = row.value
    for factor in study.factors:
        found.manifesting[factor.name] = dict(_manifesting(factor, pairs, values))
    return found


def score_of(choices: Iterable[tuple[int, int]], manifesting: Choices, setting: Setting) -> "Score":
    """tau_14 by its definition, with what it counts.

    Args:
        choices: pair and choice.
        manifesting: of the factor.
        setting: decides which ties count.
    """
    met = Counter((choice, manifesting.get(pair)) for pair, choice in choices)
    concordant = met[1, 1] + met[-1, -1]
    discordant = met[1, -1] + met[-1, 1]
    factor_ties = met[1, 0] + met[-1, 0]
    preference_ties = met[0, 1] + met[0, -1]
    ties = preference_ties if setting is Setting.EVALUATION else factor_ties
    counted = concordant + discordant + ties
    return Score(
        concordant=concordant,
        discordant=discordant,
        ties=ties,
        left_out=met.total() - counted,
        score=(concordant - discordant) / counted if counted else None,
    )


@dataclass(frozen=True, slots=True)
class Score:
    """A factor score with its tally; `left_out` are the pairs that count neither for nor against it."""

    concordant: int
    discordant: int
    ties: int
    left_out: int
    score: float | None


def alpha_of(said: Iterable[Sequence[int]]) -> float | None:
    """Krippendorff's nominal alpha by its definition: 1 - observed / expected disagreement of two ratings."""
    units = [choices for choices in said if len(choices) > 1]
    totals = Counter(choice for choices in units for choice in choices)
    ratings = totals.total()
    observed = sum(
        2 * sum(a != b for a, b in combinations(choices, 2)) / (len(choices) - 1) for choices in units
    )
    expected = sum(totals[a] * totals[b] for a in totals for b in totals if a != b)
    return 1 - observed * (ratings - 1) / expected if expected else None


def fleiss_of(said: Iterable[Sequence[int]]) -> float | None:
    """Fleiss' kappa over the pairs with as many ratings as most have; of equal numbers the larger."""
    units = [choices for choices in said if len(choices) > 1]
    if not units:
        return None
    sizes = Counter(map(len, units))
    usual = max(sizes, key=lambda size: (sizes[size], size))
    units = [choices for choices in units if len(choices) == usual]
    agreeing = sum(
        sum(a == b for a, b in combinations(choices, 2)) / (usual * (usual - 1) / 2) for choices in units
    ) / len(units)
    totals = Counter(choice for choices in units for choice in choices)
    by_chance = sum((count / totals.total()) ** 2 for count in totals.values())
    return (agreeing - by_chance) / (1 - by_chance) if len(totals) > 1 else None


def cohen_of(a: Choices, b: Choices) -> float | None:
    """Cohen's kappa of two people, on the pairs that both labelled."""
    both = a.keys() & b.keys()
    if not both:
        return None
    of_a, of_b = Counter(a[pair] for pair in both), Counter(b[pair] for pair in both)
    by_chance = sum(of_a[choice] * of_b[choice] for choice in of_a) / len(both) ** 2
    agreeing = sum(a[pair] == b[pair] for pair in both) / len(both)
    return (agreeing - by_chance) / (1 - by_chance) if len(of_a | of_b) > 1 else None


def _rows(connection: Connection, query: str) -> Iterator[Any]:
    return iter(connection.exec_driver_sql(query))


def _hear_people(connection: Connection, names: dict[int, tuple[str, str]], found: Recount) -> None:
    stands: dict[tuple[int, str], str] = {}
    for row in _rows(connection, "SELECT annotator_id, matter, event FROM participation ORDER BY id"):
        stands[row.annotator_id, row.matter] = row.event
    out = {who for (who, _), event in stands.items() if event in ("withdrawn", "erased", "left_out")}
    times: dict[tuple[str, int], tuple[str, int]] = {}
    said = "SELECT id, annotator_id, pair_id, choice, created FROM answers WHERE kind = 'label' ORDER BY id"
    for row in _rows(connection, said):
        if row.annotator_id in out:
            continue
        name = names[row.annotator_id][0]
        found.log.append((name, row.pair_id, row.choice))
        choices = found.people.setdefault(name, {})
        choices.pop(row.pair_id, None)
        times[name, row.pair_id] = (row.created, row.id)
        if row.choice is not None:
            choices[row.pair_id] = row.choice
    found.people = {name: choices for name, choices in found.people.items() if choices}
    found.asked = {name: dict(choices) for name, choices in found.people.items()}
    for pair, least in _stopping(connection).items():
        told = sorted((times[name, pair], name) for name in found.people if pair in found.people[name])
        for _, name in told[least:]:
            del found.asked[name][pair]


def _stopping(connection: Connection) -> dict[int, int]:
    """The fewest labels that can decide a pair, by pairs whose newest plan asks for no more then."""
    found: dict[int, int] = {}
    planned = "SELECT pair_id, design FROM plan_items JOIN plans ON plans.id = plan_id WHERE role = 'work' "
    for row in _rows(connection, f"{planned} ORDER BY plan_id"):
        design = json.loads(row.design) if isinstance(row.design, str) else row.design
        found.pop(row.pair_id, None)
        if design.get("stop_when_decided"):
            found[row.pair_id] = design["annotators_per_pair"] // 2 + 1
    return found


def _by_pair(people: Iterable[Choices]) -> dict[int, list[int]]:
    said: defaultdict[int, list[int]] = defaultdict(list)
    for choices in people:
        for pair, choice in choices.items():
            said[pair].append(choice)
    return dict(said)


def _read_scores(
    connection: Connection, names: dict[int, tuple[str, str]], pairs: Sequence[Any], found: Recount
) -> None:
    """What generators prefer: of two scored responses of their own the one they scored higher."""
    written = _rows(connection, "SELECT id, agent_id, score FROM responses WHERE score IS NOT NULL")
    scored = {row.id: (row.agent_id, row.score) for row in written}
    for pair in pairs:
        if pair.left_id in scored and pair.right_id in scored:
            (author, left), (other, right) = scored[pair.left_id], scored[pair.right_id]
            generated = author is not None and names[author][1] == AgentKind.GENERATOR
            if generated and author == other and left != right:
                found.models.setdefault(names[author], {})[pair.id] = 1 if left > right else -1


def _hear_models(connection: Connection, names: dict[int, tuple[str, str]], found: Recount) -> None:
    told: dict[tuple[int, int], int | None] = {}
    for row in _rows(connection, "SELECT pair_id, agent_id, value FROM preferences ORDER BY id"):
        told[row.pair_id, row.agent_id] = row.value
    for (pair, agent), value in told.items():
        choices = found.models.setdefault(names[agent], {})
        if value is None:
            choices.pop(pair, None)
            found.unanswered[names[agent]] += 1
        else:
            choices[pair] = value


def _manifesting(
    factor: Factor, pairs: Sequence[Any], values: dict[tuple[int, str], float | None]
) -> Iterator[tuple[int, int]]:
    for pair in pairs:
        left, right = (values.get((side, factor.name)) for side in (pair.left_id, pair.right_id))
        if left is not None and right is not None:
            # 1e-9 as the engine has it: 0.8 and 0.6 tie at a tolerance of 0.2 in spite of rounding.
            if abs(left - right) <= factor.tie_tolerance * (1 + 1e-9):
                yield pair.id, 0
            else:
                yield pair.id, 1 if left > right else -1
