"""What every benchmark needs: a clock that takes the best of several runs, and a table."""

import time
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table


def best_of(runs: int, work: Callable[[], object]) -> float:
    """Least wall time of several runs, in seconds: the one that other programs disturbed least."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; the first column stands left, numbers right."""
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
