"""One label into the ranking of ten agents: following it against computing everything again."""

import time
from collections.abc import Callable

import numpy as np

from bench.report import best_of, print_table
from bench.synthetic import FACTORS, manifestations, preferences
from profile_engine.live import AgentPreferences, LiveProfile
from profile_engine.preferences import Agent, AgentKind, Preference

RECORDS = 3_000
MODELS, ANNOTATORS = 6, 3
CHOICES = (Preference.LEFT, Preference.TIE, Preference.RIGHT, None)


def inputs(pairs: int) -> Callable[[], LiveProfile]:
    """What computes the profile of the people, six models and three annotators anew."""
    signs, m = preferences(MODELS + ANNOTATORS, pairs), manifestations(pairs)
    models = [
        AgentPreferences(Agent(f"model {number}", AgentKind.JUDGE), row)
        for number, row in enumerate(signs[:MODELS], start=1)
    ]
    people = {f"annotator {number}": row for number, row in enumerate(signs[MODELS:], start=1)}
    return lambda: LiveProfile(FACTORS, m, models, people=people)


def record_times(profile: LiveProfile, pairs: int) -> list[float]:
    """Seconds of each of many new, changed and withdrawn labels, snapshot included."""
    rng = np.random.default_rng(0)
    drawn = zip(
        rng.integers(0, pairs, RECORDS).tolist(),
        rng.integers(1, ANNOTATORS + 1, RECORDS).tolist(),
        rng.integers(0, len(CHOICES), RECORDS).tolist(),
        strict=True,
    )
    times = []
    for pair, annotator, choice in drawn:
        start = time.perf_counter()
        profile.record(f"annotator {annotator}", pair, CHOICES[choice])
        times.append(time.perf_counter() - start)
    return times


def main() -> None:
    rows, medians = [], []
    for pairs in (1_000, 10_000, 100_000, 1_000_000):
        compute = inputs(pairs)
        profile, anew = compute(), best_of(3, compute)
        times = np.array(record_times(profile, pairs)) * 1e6
        medians.append(float(np.median(times)))
        rows.append(
            (
                f"{pairs:,} pairs",
                f"{anew * 1e3:.1f} ms",
                f"{medians[-1]:.0f} µs",
                f"{np.percentile(times, 99):.0f} µs",
                f"{anew * 1e6 / medians[-1]:,.0f} x",
            )
        )
    title = f"One label into the ranking of 10 agents x {len(FACTORS)} factors"
    print_table(title, ["", "computed anew", "recorded, median", "p99", "ratio"], rows)
    print(f"a million pairs against a thousand: {medians[-1] / medians[0]:.2f} x the time\n")
