"""Who is in: a random token in a cookie, remembered while the server runs."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe
from time import monotonic
from typing import Final

IDLE_SECONDS: Final = 12 * 3600.0
"""After so long without a visit the code is asked for again."""

_MOST_OF_A_PERSON: Final = 8


@dataclass(slots=True)
class _Visitor:
    name: str
    seen: float


class Visitors:
    """The tokens that stand.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._visitors: dict[bytes, _Visitor] = {}

    def let_in(self, name: str) -> str:
        """A new token for this person; of many, their oldest is forgotten."""
        token = token_urlsafe(32)
        own = [key for key, visitor in self._visitors.items() if visitor.name == name]
        for key in own[: len(own) + 1 - _MOST_OF_A_PERSON]:
            del self._visitors[key]
        self._visitors[_key(token)] = _Visitor(name, self._clock())
        return token

    def name_of(self, token: str | None) -> str | None:
        """Whose token it is; None where it is nobody's (any more)."""
        if token is None or (visitor := self._visitors.get(_key(token))) is None:
            return None
        now = self._clock()
        if visitor.seen + IDLE_SECONDS < now:
            del self._visitors[_key(token)]
            return None
        visitor.seen = now
        return visitor.name

    def let_out(self, token: str | None) -> None:
        """From now on the token is nobody's."""
        if token is not None:
            self._visitors.pop(_key(token), None)


def _key(token: str) -> bytes:
    """How long a look-up takes tells nothing of a token whose hash nobody can choose."""
    return sha256(token.encode(errors="replace")).digest()
