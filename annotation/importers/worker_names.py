"""What people who work elsewhere are called here."""

from sqlalchemy import Connection

from annotation.errors import ImportFailure
from annotation.pseudonyms import Pseudonyms
from annotation.store.annotators import annotator_names


class WorkerNames:
    """Names of workers: a hash keyed by the study, or their ids as they are, but never both in one study.

    Args:
        connection: the transaction of the import.
        plain: whether ids stay as they are.
        ids: what the ids are called in messages, such as "worker ids".
        option: the option that keeps them.
    """

    def __init__(self, connection: Connection, *, plain: bool, ids: str, option: str) -> None:
        self._hashed = Pseudonyms.of_study(connection).worker
        self._plain, self._ids, self._option = plain, ids, option
        self._known = set(annotator_names(connection))

    def of(self, worker: str) -> str:
        """What a worker is called; raises ImportFailure where they are known in the other way."""
        hashed = self._hashed(worker)
        name, other = (worker, hashed) if self._plain else (hashed, worker)
        if other in self._known and name not in self._known:
            advice = f"leave out {self._option}" if self._plain else f"give {self._option}"
            raise ImportFailure(
                f"{self._ids} came into this study {'hashed' if self._plain else 'plain'} before; {advice}, "
                "or each worker would be two annotators; nothing was imported"
            )
        return name

    def either(self, worker: str) -> set[str]:
        """What they may be called, in either way."""
        return {worker, self._hashed(worker)}
