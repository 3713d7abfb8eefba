"""What researchers keep of pairs: tags and a note each, in an append-only log."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from unicodedata import category, normalize

from sqlalchemy import ColumnElement, Connection, func, insert, select

from annotation.errors import StudyError
from annotation.store.database import timestamp
from annotation.store.model_tables import pair_tags
from annotation.store.standing import is_last
from annotation.store.tables import pairs

if TYPE_CHECKING:
    from annotation.study import Study

LONGEST_TAG: Final = 80
_NOTE: Final = ""
"""The tag under which a pair's note stands."""


@dataclass(frozen=True, slots=True)
class PairRemarks:
    """What stands of a pair; tags in the order of the alphabet."""

    tags: tuple[str, ...] = ()
    note: str | None = None

    def __bool__(self) -> bool:
        return bool(self.tags) or self.note is not None


UNREMARKED: Final = PairRemarks()


@dataclass(frozen=True, slots=True)
class Remark:
    """An entry of the log: a tag set or taken away, or what the note says from now on (`tag` None).

    Attributes:
        text: of the note; of a tag that was set the empty string; None: taken away.
    """

    pair_id: int
    tag: str | None
    text: str | None


class TagLog:
    """Enters what one researcher says, and takes it back, step by step. Every method commits."""

    def __init__(self, study: "Study") -> None:
        self._study = study
        self._before: list[Remark] = []
        self._mine: dict[tuple[int, str | None], int] = {}

    def toggle(self, pair_id: int, tag: str) -> Remark:
        """Set a tag, or take it away where it stands.

        Raises:
            StudyError: no tag can be called so, or there is no such pair.
        """
        name = proper_tag(tag)
        with self._study.writing() as connection:
            stands = name in read_remarks(connection, pair_id).get(pair_id, UNREMARKED).tags
            return self._say(connection, Remark(pair_id, name, None if stands else ""))

    def note(self, pair_id: int, text: str) -> Remark:
        """Let a pair's note say this from now on; an empty one takes it away.

        Raises:
            StudyError: there is no such pair.
        """
        with self._study.writing() as connection:
            return self._say(connection, Remark(pair_id, None, text.strip() or None))

    def undo(self) -> Remark | None:
        """Bring back what stood before the last step that is not taken back; None where there is none.

        Raises:
            StudyError: somebody else has said something of the same since.
        """
        if not self._before:
            return None
        before = self._before[-1]
        with self._study.writing() as connection:
            if _last(connection, before)[0] != self._mine[before.pair_id, before.tag]:
                raise StudyError(
                    f"pair {before.pair_id}: this was changed elsewhere since; it stays as it is"
                )
            self._append(connection, before)
        self._before.pop()
        return before

    def _say(self, connection: Connection, said: Remark) -> Remark:
        if connection.execute(select(pairs.c.id).where(pairs.c.id == said.pair_id)).one_or_none() is None:
            raise StudyError(f"pair {said.pair_id} is not in this study")
        _, before = _last(connection, said)
        self._append(connection, said)
        self._before.append(before)
        return said

    def _append(self, connection: Connection, said: Remark) -> None:
        row = {"pair_id": said.pair_id, "tag": said.tag or _NOTE, "text": said.text, "created": timestamp()}
        entry_id: int = connection.execute(insert(pair_tags).returning(pair_tags.c.id), row).scalar_one()
        self._mine[said.pair_id, said.tag] = entry_id


def proper_tag(text: str) -> str:
    """A tag as it is kept: one line, accents in one way (NFC).

    Raises:
        StudyError: it is empty, too long, or holds what cannot be seen.
    """
    tag = normalize("NFC", " ".join(text.split()))
    if not tag:
        raise StudyError("a tag needs a name")
    if len(tag) > LONGEST_TAG:
        raise StudyError(f"a tag of {len(tag)} letters is too long: give at most {LONGEST_TAG}")
    if any(category(letter).startswith("C") for letter in tag):
        raise StudyError("a tag cannot hold letters that are not seen")
    return tag


def read_remarks(connection: Connection, *pair_ids: int) -> dict[int, PairRemarks]:
    """What stands of these pairs, or of all: only pairs of which anything stands."""
    which: list[ColumnElement[bool]] = [pair_tags.c.pair_id.in_(pair_ids)] if pair_ids else []
    found = connection.execute(
        select(pair_tags.c.pair_id, pair_tags.c.tag, pair_tags.c.text).where(
            pair_tags.c.text.is_not(None), is_last(pair_tags, "pair_id", "tag"), *which
        )
    )
    tags: dict[int, list[str]] = {}
    notes: dict[int, str] = {}
    for pair_id, tag, text in found:
        tags.setdefault(pair_id, [])
        if tag == _NOTE:
            notes[pair_id] = text
        else:
            tags[pair_id].append(tag)
    return {pair_id: PairRemarks(tuple(sorted(names)), notes.get(pair_id)) for pair_id, names in tags.items()}


def count_tags(remarks: Mapping[int, PairRemarks]) -> Mapping[str, int]:
    """How many pairs carry each tag, in the order of the alphabet."""
    counts: dict[str, int] = {}
    for tag in sorted(tag for one in remarks.values() for tag in one.tags):
        counts[tag] = counts.get(tag, 0) + 1
    return MappingProxyType(counts)


def remarked_pairs(remarks: Mapping[int, PairRemarks], tag: str | None = None) -> tuple[int, ...]:
    """Ids of the pairs that carry a tag, ascending; without one, of all that have any tag or a note.

    Raises:
        StudyError: no pair carries the tag.
    """
    found = tuple(sorted(id_ for id_, one in remarks.items() if tag is None or tag in one.tags))
    if tag is not None and not found:
        known = ", ".join(count_tags(remarks)) or "none yet: t on Misaligned and Pairs sets one"
        raise StudyError(f"no pair carries the tag {tag!r}: there are {known}")
    return found


def _last(connection: Connection, about: Remark) -> tuple[int | None, Remark]:
    """The last entry about the same thing, and how things stand by it."""
    c = pair_tags.c
    same = c.pair_id == about.pair_id, c.tag == (about.tag or _NOTE)
    newest = select(func.max(c.id)).where(*same).scalar_subquery()
    row = connection.execute(select(c.id, c.text).where(c.id == newest)).one_or_none()
    entry_id, text = (None, None) if row is None else row
    return entry_id, Remark(about.pair_id, about.tag, text)
