"""Knowing somebody again who was erased, in files that still have them, without keeping who it was."""

import hmac
import re
from hashlib import sha256
from typing import Final, Self

from sqlalchemy import Connection, select

from annotation.pseudonyms import Pseudonyms
from annotation.store.chain import read_head
from annotation.store.tables import participation

_HASHED: Final = re.compile("worker [0-9a-f]{16}")


class ErasedNames:
    """Marks of the names of people who were erased: hashes keyed by the study, which no name follows from.

    A platform's worker has one mark, whether their id came in as it is or hashed.

    Args:
        root: what only the study knows.
        marks: of those who were erased.
    """

    def __init__(self, root: str, marks: frozenset[str] = frozenset()) -> None:
        self._key = bytes.fromhex(root)
        self._worker = Pseudonyms(root).worker
        self._marks = marks
        self._known: dict[str, bool] = {}

    @classmethod
    def of_study(cls, connection: Connection) -> Self:
        """Those of the study that is read."""
        left = select(participation.c.version).where(
            participation.c.event == "erased", participation.c.version.is_not(None)
        )
        return cls(read_head(connection).root, frozenset(connection.execute(left).scalars()))

    def __bool__(self) -> bool:
        """Whether there is anybody to know again."""
        return bool(self._marks)

    def __contains__(self, name: str) -> bool:
        """Whether this is the name of somebody who was erased."""
        if name not in self._known:
            self._known[name] = self.mark(name) in self._marks
        return self._known[name]

    def mark(self, name: str) -> str:
        """What erasing leaves of a name: 256 bits, hexadecimal."""
        worker = name if _HASHED.fullmatch(name) else self._worker(name)
        return hmac.new(self._key, f"erased\0{worker}".encode(), sha256).hexdigest()
