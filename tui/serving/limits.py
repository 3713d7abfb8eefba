"""How often codes can be tried.

Tries at a name from one address are few, those from one address and those at a name more: so nobody is kept
out because somebody else mistypes, and neither many names nor many addresses let one guess on.
"""

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import Final

SECONDS: Final = 60.0
"""For how long a try counts."""

AT_A_NAME_FROM_AN_ADDRESS: Final = 5
FROM_AN_ADDRESS: Final = 30
AT_A_NAME: Final = 50
"""So many tries may fail within that time."""

_MANY: Final = 10_000  # keys; from then on those of the past are looked for


@dataclass(frozen=True, slots=True)
class _Key:
    of: Hashable
    most: int


class Tries:
    """Counts tries that fail.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._tries: dict[Hashable, deque[float]] = {}

    def begin(self, address: str, name: str) -> float:
        """Count a try, before it is known how it ends: many at once must not get past.

        Returns:
            0; or the seconds to wait, and then it does not count and must not be looked at.
        """
        now, keys = self._clock(), _keys(address, name)
        self._forget(now)
        waits = [
            tries[0] + SECONDS - now for key in keys if len(tries := self._recent(key.of, now)) >= key.most
        ]
        if waits:
            return max(waits)
        for key in keys:
            self._tries.setdefault(key.of, deque()).append(now)
        return 0.0

    def succeeded(self, address: str, name: str) -> None:
        """Whoever has the code has not guessed."""
        for key in _keys(address, name):
            if tries := self._tries.get(key.of):
                tries.pop()

    def _recent(self, of: Hashable, now: float) -> deque[float]:
        tries = self._tries.get(of, deque())
        while tries and tries[0] + SECONDS <= now:
            tries.popleft()
        return tries

    def _forget(self, now: float) -> None:
        if len(self._tries) > _MANY:
            self._tries = {of: tries for of in self._tries if (tries := self._recent(of, now))}


def _keys(address: str, name: str) -> tuple[_Key, ...]:
    address, name = _network(address), name.casefold()
    return (
        _Key(("name here", address, name), AT_A_NAME_FROM_AN_ADDRESS),
        _Key(("address", address), FROM_AN_ADDRESS),
        _Key(("name", name), AT_A_NAME),
    )


def _network(address: str) -> str:
    """Whoever has an IPv6 address has the other 2^64 of its network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else address
