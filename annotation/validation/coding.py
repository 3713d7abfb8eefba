"""Coding of feedback: which factors a text mentions (PROFILE Appendix F.2.3)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select

from annotation.errors import AnswerError, StudyError
from annotation.store.database import timestamp
from annotation.store.standing import preference_stands
from annotation.store.tables import agents, coding_texts, codings, mentions, pairs, preferences
from annotation.study import Study
from annotation.validation.drawing import random_number
from annotation.validation.judgements import find_person
from annotation.validation.mentions import (
    MENTIONS,
    MentionEntry,
    MentionKind,
    NewMention,
    entry_of,
    read_mentions,
)
from annotation.validation.order import WorkOrder
from profile_engine.preferences import AgentKind

__all__ = [
    "CodingDesk",
    "CodingInfo",
    "CodingText",
    "Codings",
    "MentionEntry",
    "MentionKind",
    "NewMention",
    "TextStanding",
]


@dataclass(frozen=True, slots=True)
class CodingInfo:
    """A set of feedback texts; `judge` is who wrote them, where that is one of the study's agents."""

    id: int
    name: str
    judge: str | None
    texts: int
    created: str


@dataclass(frozen=True, slots=True)
class CodingText:
    """One feedback text; `pair_id` is the pair that it is about, where that is known."""

    id: int
    coding_id: int
    number: int
    of: int
    text: str
    pair_id: int | None


class Codings:
    """The sets of feedback texts of a study."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def from_judge(self, judge: str, n: int, seed: int = 0, name: str | None = None) -> CodingInfo:
        """Draw justifications of one judge; same seed, same draw. Raises StudyError where there are none."""
        c = preferences.c
        given = (
            select(c.id, pairs.c.key, c.justification)
            .join(agents, agents.c.id == c.agent_id)
            .join(pairs, pairs.c.id == c.pair_id)
            .where(agents.c.name == judge, c.justification.is_not(None), preference_stands())
        )
        with self._study.reading() as connection:
            found = [row for row in connection.execute(given) if row.justification.strip()]
        if not found:
            raise StudyError(
                f"{judge} gives no justification in this study; import texts from a file instead"
            )
        drawn = sorted(found, key=lambda row: (random_number(seed, row.key), row.id))[:n]
        design = {"from": "justifications", "n": n, "seed": seed, "of": len(found)}
        texts = [(row.justification, row.id) for row in drawn]
        return self._store(name or f"justifications of {judge}", judge, design, texts)

    def from_texts(self, name: str, texts: Iterable[str], judge: str | None = None) -> CodingInfo:
        """Take texts from elsewhere, in their order; raises StudyError for none, or an unknown judge."""
        kept = [(text, None) for text in texts if text.strip()]
        if not kept:
            raise StudyError(f"{name}: no text to code")
        return self._store(name, judge, {"from": "texts", "n": len(kept)}, kept)

    def from_file(self, path: Path, field: str | None = None, judge: str | None = None) -> CodingInfo:
        """Read texts: each line of a text file, or the `field` of each row of any other file.

        Raises:
            StudyError: the file cannot be read, has no such field, or no text.
        """
        return self.from_texts(path.name, read_texts(path, field), judge)

    def all(self) -> tuple[CodingInfo, ...]:
        """Every set, oldest first."""
        with self._study.reading() as connection:
            return tuple(read_codings(connection))

    def get(self, coding_id: int) -> CodingInfo:
        """One set; raises StudyError for an unknown id."""
        with self._study.reading() as connection:
            return read_coding(connection, coding_id)

    def _store(
        self, name: str, judge: str | None, design: Mapping[str, Any], texts: Sequence[tuple[str, int | None]]
    ) -> CodingInfo:
        with self._study.writing() as connection:
            judge_id = None if judge is None else _agent_id(connection, judge)
            key = connection.execute(
                insert(codings).values(name=name, judge_id=judge_id, design=dict(design), created=timestamp())
            ).inserted_primary_key
            assert key is not None
            rows = [
                {"coding_id": key[0], "position": place, "text": text, "preference_id": preference}
                for place, (text, preference) in enumerate(texts, start=1)
            ]
            connection.execute(insert(coding_texts), rows)
            return read_coding(connection, key[0])


@dataclass(frozen=True, slots=True)
class TextStanding:
    """What one coder has said of one text; `factors` None: not coded."""

    factors: frozenset[str] | None
    note: str | None
    skipped: bool
    flagged: bool


class CodingDesk:
    """One coder at one set of texts; as `ValidationDesk`.

    Raises:
        StudyError: unknown set.
        AnswerError: the coder is not registered (`ValidationLog.register`).
    """

    def __init__(self, study: Study, coding_id: int, coder: str) -> None:
        self._study = study
        self.coder = coder
        self._factors = tuple(factor.name for factor in study.factors)
        c = coding_texts.c
        with study.reading() as connection:
            self.info = read_coding(connection, coding_id)
            self._person = find_person(connection, coder)
            texts = select(c.id).where(c.coding_id == coding_id).order_by(c.position)
            self._texts = WorkOrder(connection.execute(texts).scalars())
            own = mentions.c.text_id.in_(select(c.id).where(c.coding_id == coding_id))
            entries = read_mentions(connection, own, mentions.c.coder_id == self._person, MENTIONS.stands())
        self._said: dict[tuple[int, MentionKind], MentionEntry] = {}
        for entry in entries:
            self._said[entry.text_id, entry.kind] = entry

    @property
    def done(self) -> int:
        """Texts coded."""
        return sum(self.standing(text_id).factors is not None for text_id in self._texts)

    @property
    def total(self) -> int:
        """All texts."""
        return len(self._texts)

    def next(self, after: int | None = None) -> CodingText | None:
        """The next text that is not coded, from the start again behind the last; skipped ones come last."""
        chosen = self._texts.next(
            after,
            lambda text_id: self.standing(text_id).factors is None,
            lambda text_id: self.standing(text_id).skipped,
        )
        return None if chosen is None else self.text(chosen)

    def beside(self, text_id: int, step: int) -> CodingText | None:
        """The text so many places on (or back), coded or not; None past either end."""
        chosen = self._texts.beside(text_id, step)
        return None if chosen is None else self.text(chosen)

    def text(self, text_id: int) -> CodingText:
        """One text; raises AnswerError for one of another set."""
        if text_id not in self._texts:
            raise AnswerError(f"text {text_id} is not in this set; open it again")
        with self._study.reading() as connection:
            row = connection.execute(
                select(coding_texts, preferences.c.pair_id)
                .outerjoin(preferences, preferences.c.id == coding_texts.c.preference_id)
                .where(coding_texts.c.id == text_id)
            ).one()
        return CodingText(
            text_id, self.info.id, self._texts.number(text_id), self.total, row.text, row.pair_id
        )

    def number(self, text_id: int) -> int | None:
        """A text's place, from 1; None for a text of another set."""
        return self._texts.number(text_id) if text_id in self._texts else None

    def standing(self, text_id: int) -> TextStanding:
        """What this coder has said of a text."""
        coded, note, skip, flag = (self._said.get((text_id, kind)) for kind in MentionKind)
        return TextStanding(
            coded.factors if coded else None,
            note.note if note else None,
            bool(skip and skip.set),
            bool(flag and flag.set),
        )

    def save(self, new: NewMention) -> MentionEntry:
        """Append an entry; on disk when this returns.

        Raises:
            AnswerError: a text of another set, an unknown factor, or a part missing.
            StudyError: the study is read-only, busy, full or damaged; nothing was saved.
        """
        self._check(new)
        factors = None if new.factors is None else [name for name in self._factors if name in new.factors]
        values = {
            "text_id": new.text_id,
            "coder_id": self._person,
            "kind": new.kind,
            "factors": factors,
            "note": new.note,
            "set": new.set,
            "seconds": new.seconds,
            "origin": new.origin,
        }
        with self._study.writing() as connection:
            entry = entry_of(MENTIONS.append(connection, new.token, values), self.coder)
        self._said[entry.text_id, entry.kind] = entry
        return entry

    def undo(self) -> MentionEntry | None:
        """Take back this coder's last entry here; None when there is nothing. Its text is `text_id`."""
        c = mentions.c
        texts = select(coding_texts.c.id).where(coding_texts.c.coding_id == self.info.id)
        with self._study.writing() as connection:
            row = MENTIONS.undo(connection, c.coder_id == self._person, c.text_id.in_(texts))
        if row is None:
            return None
        entry = entry_of(row, self.coder)
        self._said[entry.text_id, entry.kind] = entry
        return entry

    def counts(self) -> dict[str, int]:
        """How many of this coder's texts mention each factor of the study, most first."""
        coded = (self.standing(text_id).factors or frozenset() for text_id in self._texts)
        return count_factors(self._factors, coded)

    def _check(self, new: NewMention) -> None:
        about = f"{new.kind} of text {new.text_id} by {new.coder}"
        if new.text_id not in self._texts or new.coder != self.coder:
            raise AnswerError(f"{about}: not at this desk; open the set again")
        if new.kind is MentionKind.MENTIONS and new.factors is None:
            raise AnswerError(f"{about}: name the factors, or none; to take them back, undo it")
        if unknown := (new.factors or frozenset()) - set(self._factors):
            raise AnswerError(f"{about}: this study has no factor {', '.join(sorted(unknown))}")
        if new.kind in (MentionKind.SKIP, MentionKind.FLAG) and new.set is None:
            raise AnswerError(f"{about}: say whether to set it or to clear it")


def count_factors(factors: Iterable[str], coded: Iterable[frozenset[str]]) -> dict[str, int]:
    """How many texts mention each factor, most first, else in their own order."""
    counted = Counter(name for names in coded for name in names)
    return dict(sorted(((name, counted[name]) for name in factors), key=lambda count: -count[1]))


def read_texts(path: Path, field: str | None) -> list[str]:
    """The texts of a file; raises StudyError."""
    from annotation.importers.faults import BadRow
    from annotation.importers.formats import open_source, read_rows

    if field is None:
        try:
            return path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise StudyError(f"{path}: cannot be read as text ({error})") from error
    rows = []
    for row in read_rows(open_source(path)):
        if isinstance(row, BadRow):
            raise StudyError(str(row))
        rows.append(row.record)
    if not any(field in row for row in rows):
        raise StudyError(f"{path}: no field {field} in any row")
    return [str(row[field]) for row in rows if row.get(field) is not None]


def read_codings(connection: Connection, *which: ColumnElement[bool]) -> list[CodingInfo]:
    """Sets that meet all conditions, oldest first."""
    texts = (
        select(func.count()).where(coding_texts.c.coding_id == codings.c.id).scalar_subquery().label("texts")
    )
    found = (
        select(codings, agents.c.name.label("judge"), texts)
        .outerjoin(agents, agents.c.id == codings.c.judge_id)
        .where(*which)
        .order_by(codings.c.id)
    )
    return [
        CodingInfo(row.id, row.name, row.judge, row.texts, row.created) for row in connection.execute(found)
    ]


def read_coding(connection: Connection, coding_id: int) -> CodingInfo:
    """One set; raises StudyError for an unknown id."""
    found = read_codings(connection, codings.c.id == coding_id)
    if not found:
        raise StudyError(f"coding {coding_id} is not in this study; `profile-tui validate list` has all")
    return found[0]


def _agent_id(connection: Connection, name: str) -> int:
    """Of agents with this name the one that judges, where there are several."""
    named = select(agents.c.id, agents.c.kind).where(agents.c.name == name)
    found = sorted(connection.execute(named).all(), key=lambda row: row.kind != AgentKind.JUDGE)
    if not found:
        raise StudyError(f"{name}: no agent of this study; leave the judge out, or name one that is")
    return int(found[0].id)
