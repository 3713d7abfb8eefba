"""Who is in: a random token in a cookie, remembered while the server runs and the code that let in stands."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe
from time import monotonic
from typing import Final

IDLE_SECONDS: Final = 12 * 3600.0
"""After so long without a visit the code is asked for again."""

_MOST_OF_A_PERSON: Final = 8


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is in.

    Attributes:
        name: the annotator's.
        since: when the code that let them in was made.
    """

    name: str
    since: str | None


@dataclass(slots=True)
class _Seen:
    visitor: Visitor
    at: float


class Visitors:
    """The tokens that stand.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._visitors: dict[bytes, _Seen] = {}

    def let_in(self, visitor: Visitor) -> str:
        """A new token for this person; of many, their oldest is forgotten."""
        token = token_urlsafe(32)
        own = [key for key, seen in self._visitors.items() if seen.visitor.name == visitor.name]
        for key in own[: max(0, len(own) + 1 - _MOST_OF_A_PERSON)]:
            del self._visitors[key]
        self._visitors[_key(token)] = _Seen(visitor, self._clock())
        return token

    def find(self, token: str | None) -> Visitor | None:
        """Whose token it is; None where it is nobody's (any more)."""
        if token is None or (seen := self._visitors.get(_key(token))) is None:
            return None
        now = self._clock()
        if seen.at + IDLE_SECONDS < now:
            self.let_out(token)
            return None
        seen.at = now
        return seen.visitor

    def let_out(self, token: str | None) -> None:
        """From now on the token is nobody's."""
        if token is not None:
            self._visitors.pop(_key(token), None)


def _key(token: str) -> bytes:
    """How long a look-up takes tells nothing of a token whose hash nobody can choose."""
    return sha256(token.encode(errors="replace")).digest()
