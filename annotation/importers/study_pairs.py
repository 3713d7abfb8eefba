"""Pairs that a study has, as an import takes them: to add to them what somebody said elsewhere."""

from dataclasses import dataclass
from itertools import product
from typing import Final

from sqlalchemy import Connection, Row, Select, select

from annotation.importers.known import source_key
from annotation.importers.records import PairRecord, ResponseRecord, SourceRecord
from annotation.importers.rows import Row as FileRow
from annotation.planning.plan import Role
from annotation.pseudonyms import Pseudonyms
from annotation.store.tables import agents, pairs, responses, sources
from profile_engine.preferences import Preference

SIDES_SHOWN: Final = (Preference.LEFT, Preference.RIGHT)
_ROLES_SHOWN: Final = (None, Role.WORK, Role.GOLD)


@dataclass(frozen=True, slots=True)
class ShownPair:
    """A pair by the name under which people were shown it."""

    pair: PairRecord
    key: str
    first: Preference


class StudyPairs:
    """Finds pairs by key, by texts, and by what they are called where people are shown them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._names = Pseudonyms.of_study(connection)
        self._shown: dict[str, tuple[str, Preference]] | None = None
        self._roles: dict[str, Role] = {}

    def shown_as(self, name: str) -> tuple[str, Preference] | None:
        """Key of a pair and the side that was first, by the name under which it was shown."""
        if self._shown is None:
            self._shown = {}
            keys = self._connection.execute(select(pairs.c.key)).scalars().all()
            for key, first, role in product(keys, SIDES_SHOWN, _ROLES_SHOWN):
                shown = self._names.shown_pair(key, first, role)
                self._shown[shown] = (key, first)
                if role is not None:
                    self._roles[shown] = role
        return self._shown.get(name)

    def role_of(self, name: str) -> Role | None:
        """As what a pair was shown that `shown_as` finds by this name; None where the name does not tell."""
        return self._roles.get(name)

    def shown(self, name: str, row: FileRow) -> "ShownPair | None":
        """The same pair, as if the row of a file were it."""
        found = self.shown_as(name)
        pair = None if found is None else self.by_key(found[0], row)
        return None if found is None or pair is None else ShownPair(pair, *found)

    def by_key(self, key: str, row: FileRow) -> PairRecord | None:
        """The pair with a key, as if the row of a file were it."""
        found = self._connection.execute(_pairs().where(pairs.c.key == key)).one_or_none()
        return None if found is None else self._record(found, row)

    def by_texts(self, source: str, texts: tuple[str, str], row: FileRow) -> list[PairRecord]:
        """The pairs with these texts, whichever stands left."""
        key = source_key(SourceRecord(source)).hex()
        found = [
            self._record(pair, row) for pair in self._connection.execute(_pairs().where(sources.c.key == key))
        ]
        return [pair for pair in found if sorted((pair.left.text, pair.right.text)) == sorted(texts)]

    def _record(self, pair: Row[tuple[object, ...]], row: FileRow) -> PairRecord:
        source = SourceRecord(pair.source_text, pair.title, pair.source_external_id)
        sides = {
            found.id: ResponseRecord(found.text, found.name, found.score, found.external_id)
            for found in self._connection.execute(
                select(responses, agents.c.name)
                .outerjoin(agents)
                .where(responses.c.id.in_((pair.left_id, pair.right_id)))
            )
        }
        return PairRecord(
            row.file,
            row.line,
            source,
            sides[pair.left_id],
            sides[pair.right_id],
            pair.key,
            pair.external_id,
        )


def _pairs() -> Select[tuple[object, ...]]:
    return (
        select(
            pairs,
            sources.c.text.label("source_text"),
            sources.c.title,
            sources.c.external_id.label("source_external_id"),
        )
        .join(sources)
        .order_by(pairs.c.id)
    )
