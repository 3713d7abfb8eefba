"""Twenty annotators at once on a real PostgreSQL server, 100 labels each by a plan, a process each.

Beside them, in the same run on the same server, one annotator alone. People who look at a pair for half a
second on average are faster than anybody who reads; a key pressed at once is as much as there can be: then
each label waits for the nineteen before it, since one transaction writes at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Final

from annotation.answers import AnswerLog
from annotation.study import Study
from bench.report import print_table
from tests.annotation.planning.crowd import Worked, work_at_once
from tests.annotation.planning.planned import overlap, planned_study
from tests.annotation.postgres import Server, running_server

PEOPLE: Final = tuple(f"person {number}" for number in range(1, 21))
LABELS, PAIRS, A_POST, WANTED = 100, 1_260, 18, 3
PAUSE: Final = 0.5
MILLISECONDS_TO_REACH: Final = 100


@dataclass(frozen=True, slots=True)
class Run:
    """What some people did in a study of their own.

    Attributes:
        labels: that stand afterwards.
        most: labels of one pair.
    """

    done: Sequence[Worked]
    labels: int
    most: int


def main() -> None:
    try:
        import psycopg  # noqa: F401 - the server is reached by it
    except ImportError:
        print("people: not measured without PostgreSQL: install it, and pip install '.[postgres]'")
        return
    with running_server(durable=True) as server:
        runs = {
            "one alone": run(server, PEOPLE[:1], PAUSE / 10),
            f"20 who pause {PAUSE:g} s": run(server, PEOPLE, PAUSE),
            "20 without a pause": run(server, PEOPLE, 0.0),
        }
    alone = quantiles([seconds for one in runs["one alone"].done for seconds in one.saving], n=100)
    print_table(
        f"A label on PostgreSQL until it is acknowledged, {LABELS} each (milliseconds)",
        ("", "p50", "p99", "most", "p99 / alone", f"p99 under {MILLISECONDS_TO_REACH}"),
        [label_row(name, one, alone[98]) for name, one in runs.items()],
    )
    print_table(
        f"The next of {A_POST} pairs a post (milliseconds); labels, {WANTED} a pair",
        ("", "p50", "p99", "lost", "doubled", "most of a pair"),
        [following_row(name, one) for name, one in runs.items()],
    )


def run(server: Server, people: Sequence[str], pause: float) -> Run:
    location = server.new_database()
    with planned_study(location, PAIRS, a_source=A_POST, annotators_per_pair=WANTED) as study:
        for name in people:
            AnswerLog(study).register(name)
    done = work_at_once(location, people, LABELS, pause)
    with Study.open(location) as study:
        labels = overlap(study)
    return Run(done, sum(labels.values()), max(labels.values()))


def label_row(name: str, one: Run, alone: float) -> tuple[str, ...]:
    saving = [seconds for person in one.done for seconds in person.saving]
    cuts = quantiles(saving, n=100)
    reached = 1000 * cuts[98] < MILLISECONDS_TO_REACH
    return (
        name,
        *(f"{1000 * seconds:.1f}" for seconds in (cuts[49], cuts[98], max(saving))),
        f"{cuts[98] / alone:.1f}",
        "reached" if reached else "NOT REACHED",
    )


def following_row(name: str, one: Run) -> tuple[str, ...]:
    cuts = quantiles([seconds for person in one.done for seconds in person.handing], n=100)
    acknowledged = [id_ for person in one.done for id_ in person.ids]
    return (
        name,
        *(f"{1000 * seconds:.1f}" for seconds in (cuts[49], cuts[98])),
        str(len(set(acknowledged)) - one.labels),
        str(len(acknowledged) - len(set(acknowledged))),
        str(one.most),
    )


if __name__ == "__main__":
    main()
