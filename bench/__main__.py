"""Run the benchmarks named on the command line, or all of them."""

import sys
from collections.abc import Callable

from bench import (
    calls,
    concurrency,
    importing,
    latency,
    live,
    misaligned,
    people,
    rules,
    startup,
    tallies,
    unieval,
    validating,
)

BENCHMARKS: dict[str, Callable[[], None]] = {
    "tallies": tallies.main,
    "live": live.main,
    "misaligned": misaligned.main,
    "rules": rules.main,
    "importing": importing.main,
    "startup": startup.main,
    "latency": latency.main,
    "calls": calls.main,
    "concurrency": concurrency.main,
    "unieval": unieval.main,
    "validating": validating.main,
    "people": people.main,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}: choose from {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
