"""Names that tell nothing to whoever does not have the study: made with its own random root."""

import hmac
from typing import Self
from uuid import UUID

from sqlalchemy import Connection

from annotation.planning.plan import Role
from annotation.store.chain import read_head
from profile_engine.preferences import Preference


class Pseudonyms:
    """Makes the same name of the same thing every time, in one study; in another study another one.

    Args:
        root: what only the study knows.
    """

    def __init__(self, root: str) -> None:
        self._root = bytes.fromhex(root)

    @classmethod
    def of_study(cls, connection: Connection) -> Self:
        """Those of the study that is read."""
        return cls(read_head(connection).root)

    def worker(self, worker_id: str) -> str:
        """What a platform's worker is called here, 64 bits of a keyed hash."""
        return f"worker {self._hashed('worker', worker_id)[:16]}"

    def shown_pair(self, key: str, first: Preference, role: Role | None = None) -> str:
        """A pair shown with this side (LEFT or RIGHT) first; begins with a letter, so as to be no number.

        Args:
            key: of the pair.
            first: the side shown first.
            role: what it is shown as, where that is to be known later, whatever is planned by then.
        """
        purpose = f"pair {first:+d}" if role is None else f"pair {first:+d} {role}"
        return f"p{self._hashed(purpose, key)[:24]}"

    def user_id(self, annotator: str) -> str:
        """A UUID for an annotator, where a platform wants one."""
        return str(UUID(self._hashed("user", annotator)[:32], version=4))

    def study(self) -> str:
        """What the study is called where something of it has to be found again."""
        return self._hashed("study", "")[:16]

    def _hashed(self, purpose: str, text: str) -> str:
        return hmac.digest(self._root, f"{purpose}\0{text}".encode(), "sha256").hex()
