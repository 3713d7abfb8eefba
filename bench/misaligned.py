"""What each of 100,000 misaligned pairs adds: all at once against the ranking computed anew for each."""

import time
from dataclasses import replace
from functools import partial

import numpy as np

from bench.report import best_of, print_table
from bench.synthetic import FACTORS, manifestations
from profile_engine.alignment import align
from profile_engine.live import AgentPreferences, LiveProfile
from profile_engine.misalignment import Misalignment, find_misalignment
from profile_engine.preferences import Agent, AgentKind, Preference
from profile_engine.tally import Signs

PAIRS = 100_000
SHARE = 200
"""So many of the pairs are computed anew: all would take minutes."""

_JUDGE = Agent("judge", AgentKind.JUDGE)


def anew(m: Signs, people: Signs, judge: Signs, found: Misalignment) -> list[float]:
    """tau_b after aligning each pair, by a profile that follows labels: the judge as an annotator."""
    live = LiveProfile(FACTORS, m, people={"people": people, "judge": judge})
    reference = LiveProfile(FACTORS, m, people={"people": people}).snapshot.people
    taus = []
    for row, wanted, chosen in zip(found.rows[:SHARE], found.preferred, found.chosen, strict=False):
        snapshot = live.record("judge", int(row), Preference(int(wanted)))
        aligned = replace(snapshot.of("judge"), agent=_JUDGE)
        taus.append(align(reference, aligned).kendall or 0.0)
        live.record("judge", int(row), Preference(int(chosen)))
    return taus


def main() -> None:
    m = manifestations(PAIRS)
    people = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), PAIRS)
    judge = -people
    live = LiveProfile(FACTORS, m, [AgentPreferences(_JUDGE, judge)], people={"people": people})
    rankings = live.snapshot.people, live.snapshot.rankings[_JUDGE]
    find = partial(find_misalignment, *rankings, (people, judge), m, FACTORS)
    found = find()
    start = time.perf_counter()
    taus = anew(m, people, judge, found)
    each = (time.perf_counter() - start) / SHARE
    same = np.allclose(found.kendall[:SHARE], taus)
    ours = best_of(5, find)
    row = (
        f"{each * PAIRS:.0f} s",
        f"{ours * 1e3:.0f} ms",
        f"{each * PAIRS / ours:,.0f} x",
        "equal" if same else "DIFFERENT",
    )
    title = f"{PAIRS:,} misaligned pairs, {len(FACTORS)} factors"
    print_table(title, ["each anew", "all at once", "ratio", "tau_b"], [row])
