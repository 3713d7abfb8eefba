"""Preference columns as trainers read them: texts or messages, the prompt apart or not."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Connection, select

from annotation.answers import AnswerKind
from annotation.importers.answer_names import UNNAMED
from annotation.importers.faults import NO_SUCH_FIELD, BadValue, describe
from annotation.importers.fields import Oddity, Reading, number, raw_name, require_person, side
from annotation.importers.mapping import SIDES
from annotation.importers.mturk_row import in_utc
from annotation.importers.records import AnswerRecord, PairRecord, ResponseRecord, SourceRecord
from annotation.importers.rows import Row
from annotation.importers.study_pairs import StudyPairs
from annotation.store.tables import agents, answers, pairs
from profile_engine.preferences import Preference

BETWEEN: Final = "\n\n"
"""Between a prompt and a response in one text, and between the messages of one."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """The columns that trainers read; `prompt` None: both others begin with it."""

    prompt: str | None
    chosen: str
    rejected: str

    def is_of(self, pair: PairRecord, choice: Preference) -> bool:
        """Whether these are the texts of a pair with this side chosen."""
        chosen, rejected = _sides(pair, choice)
        if self.prompt is not None:
            found = (self.prompt, self.chosen, self.rejected)
            return found == (pair.source.text, chosen.text, rejected.text)
        whole = (f"{pair.source.text}{BETWEEN}{one.text}" for one in (chosen, rejected))
        return (self.chosen, self.rejected) == tuple(whole)

    def parted(self) -> tuple[str, str, str]:
        """Prompt, chosen, rejected; what both begin with is the prompt, up to the last blank line of it."""
        if self.prompt is not None:
            return self.prompt, self.chosen, self.rejected
        shared = _shared(self.chosen, self.rejected)
        end = self.chosen.rfind(BETWEEN, 0, shared)
        if end >= 0:
            start = end + len(BETWEEN)
        else:
            end = start = self.chosen.rfind(" ", 0, shared) + 1
        if not self.chosen[:end].strip():
            raise BadValue("chosen", "a text that begins as `rejected` does, or a column `prompt`", "another")
        return self.chosen[:end], self.chosen[start:], self.rejected[start:]


class PreferenceRows:
    """Makes a pair with a label of a row; where it is the study's already, the label is put to that pair.

    Args:
        reading: reads and counts.
        connection: the transaction of the import.
        annotator: who chose, where a row does not say.
    """

    def __init__(self, reading: Reading, connection: Connection, *, annotator: str | None = None) -> None:
        self._reading = reading
        self._connection = connection
        self._pairs = StudyPairs(connection)
        self._annotator = annotator
        self._nobodys = 0

    def read(self, row: Row) -> PairRecord:
        """The pair of a row with its label; raises BadValue."""
        record = row.record
        texts = self._texts(record)
        key = self._optional(record, "pair")
        known = None if key is None else self._pairs.by_key(key, row)
        pair, choice = self._known(record, known, texts) if known else self._by_texts(record, key, texts, row)
        said = self._answers(record, choice)
        if pair.key in self._labelled and any(answer.annotator is None for answer in said):
            self._nobodys += 1
            return replace(pair, answers=())
        return replace(pair, answers=said)

    def left_out(self) -> dict[str, int]:
        """Labels that may be those of people who have labelled these pairs here."""
        if not self._nobodys:
            return {}
        why = "nobody's labels of pairs that people have labelled here (--annotator NAME says whose they are)"
        return {why: self._nobodys}

    def finish(self) -> tuple[str, ...]:
        """Nothing is left to do."""
        return ()

    @cached_property
    def _labelled(self) -> set[str]:
        """Keys of the pairs that people had labelled before; not those that such a file has labelled, too."""
        c = answers.c
        by = (
            select(pairs.c.key, agents.c.name)
            .join_from(answers, pairs)
            .join(agents, agents.c.id == c.annotator_id)
            .where(c.kind == AnswerKind.LABEL, c.choice.is_not(None))
        )
        said: dict[bool, set[str]] = {True: set(), False: set()}
        for key, name in self._connection.execute(by):
            said[name == UNNAMED].add(key)
        return said[False] - said[True]

    def _texts(self, record: Mapping[str, Any]) -> _Texts:
        chosen, rejected = (_as_messages(record.get(name)) for name in ("chosen", "rejected"))
        if chosen is None or rejected is None:
            plain = {name: self._text(record, name) for name in ("chosen", "rejected")}
            return _Texts(self._prompt(record), plain["chosen"], plain["rejected"])
        if "prompt" in record and record["prompt"] is not None:
            return _Texts(
                self._prompt(record), self._joined(chosen, "chosen"), self._joined(rejected, "rejected")
            )
        same = [one == other for one, other in zip(chosen, rejected, strict=False)]
        shared = same.index(False) if False in same else len(same)
        if not 0 < shared < min(len(chosen), len(rejected)):
            expected = "messages that begin as those of `rejected` and go on in another way"
            raise BadValue("chosen", expected, describe(record["chosen"]))
        return _Texts(
            self._joined(chosen[:shared], "chosen"),
            self._joined(chosen[shared:], "chosen"),
            self._joined(rejected[shared:], "rejected"),
        )

    def _prompt(self, record: Mapping[str, Any]) -> str | None:
        if record.get("prompt") is None:
            return None
        messages = _as_messages(record["prompt"])
        return self._text(record, "prompt") if messages is None else self._joined(messages, "prompt")

    def _text(self, record: Mapping[str, Any], name: str) -> str:
        if name not in record:
            raise BadValue(name, "text or messages", NO_SUCH_FIELD)
        return self._reading.text(record[name], name, "text or messages")

    def _joined(self, messages: Sequence[Mapping[str, Any]], field: str) -> str:
        """One message as it is, several with who says each."""
        said = [
            (str(one.get("role")), self._reading.text(one.get("content"), f"{field}.content"))
            for one in messages
        ]
        if len(said) == 1:
            return said[0][1]
        return BETWEEN.join(f"{role}: {content}" for role, content in said)

    def _known(
        self, record: Mapping[str, Any], pair: PairRecord, texts: _Texts
    ) -> tuple[PairRecord, Preference]:
        """A pair of the study, and which side is chosen; with equal texts the one that the row names."""
        sides = [side for side in (Preference.LEFT, Preference.RIGHT) if texts.is_of(pair, side)]
        if not sides:
            raise BadValue("pair", "the texts that the study has for this pair", "other texts")
        told = self._chosen_side(record)
        return pair, told if told in (*sides, Preference.TIE) else sides[0]

    def _by_texts(
        self, record: Mapping[str, Any], key: str | None, texts: _Texts, row: Row
    ) -> tuple[PairRecord, Preference]:
        prompt, chosen, rejected = texts.parted()
        if key is None:
            found = [
                pair
                for pair in self._pairs.by_texts(prompt, (chosen, rejected), row)
                if self._has_told_authors(record, pair)
            ]
            if len(found) > 1:
                advice = "give the pair's key in a column `pair`"
                raise BadValue("chosen", "texts of one pair", f"{len(found)} with these texts; {advice}")
            if found:
                return self._known(record, found[0], _Texts(prompt, chosen, rejected))
        return self._new(record, key, (prompt, chosen, rejected), row)

    def _has_told_authors(self, record: Mapping[str, Any], pair: PairRecord) -> bool:
        """Whether the authors that the row names, if any, are those of a pair with its texts."""
        names = ("chosen_agent", "rejected_agent")
        told = {name for column in names if (name := self._optional(record, column)) is not None}
        return told <= {pair.left.agent, pair.right.agent}

    def _new(
        self, record: Mapping[str, Any], key: str | None, texts: tuple[str, str, str], row: Row
    ) -> tuple[PairRecord, Preference]:
        """A pair that the study does not have: which side was left is told, else the chosen one is."""
        prompt, chosen, rejected = texts
        one = self._response(record, "chosen", chosen)
        other = self._response(record, "rejected", rejected)
        choice = self._chosen_side(record)
        choice = Preference.LEFT if choice is None else choice
        left, right = (other, one) if choice is Preference.RIGHT else (one, other)
        source = SourceRecord(prompt, self._optional(record, "title"))
        return PairRecord(row.file, row.line, source, left, right, key), choice

    def _response(self, record: Mapping[str, Any], name: str, text: str) -> ResponseRecord:
        if not text.strip():
            self._reading.counts[Oddity.EMPTY] += 1
        score = number(record.get(f"{name}_score"), f"{name}_score")
        return ResponseRecord(text, self._optional(record, f"{name}_agent"), score)

    def _answers(self, record: Mapping[str, Any], choice: Preference) -> tuple[AnswerRecord, ...]:
        annotator = self._optional(record, "annotator") or self._annotator
        require_person(annotator, "annotator")
        created = self._time(record, "created")
        label = AnswerRecord(
            annotator,
            choice,
            simulated=_flag(record, "simulated") or False,
            shown_first=self._side(record, "shown_first"),
            sure=_flag(record, "sure"),
            seconds=number(record.get("seconds"), "seconds"),
            created=created,
            field="chosen",
        )
        note = self._optional(record, "note")
        if note is None:
            return (label,)
        written = self._time(record, "note_created") or created
        remark = AnswerRecord(annotator, None, AnswerKind.NOTE, note=note, created=written, field="note")
        return (label, remark)

    def _time(self, record: Mapping[str, Any], name: str) -> str | None:
        told = self._optional(record, name)
        time = in_utc(told)
        if told is not None and time is None:
            raise BadValue(name, "a time such as 2025-01-31T12:00:00Z", describe(told))
        return time

    def _chosen_side(self, record: Mapping[str, Any]) -> Preference | None:
        """Which side is chosen, TIE where none is; None where the row does not say."""
        return side(record.get("chosen_side"), "chosen_side", SIDES)

    def _side(self, record: Mapping[str, Any], name: str) -> Preference | None:
        return side(record.get(name), name, _SIDES)

    def _optional(self, record: Mapping[str, Any], name: str) -> str | None:
        return self._reading.optional_text(record.get(name), name)


_SIDES: Final = {name: value for name, value in SIDES.items() if value}


def _sides(pair: PairRecord, choice: Preference) -> tuple[ResponseRecord, ResponseRecord]:
    """The chosen response and the other one."""
    return (pair.left, pair.right) if choice is Preference.LEFT else (pair.right, pair.left)


def _as_messages(value: object) -> list[Mapping[str, Any]] | None:
    """A list of messages, also as JSON in a cell of a table; None for what is none."""
    if isinstance(value, str) and value.startswith("[{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if isinstance(value, list) and value and all(isinstance(one, dict) and "role" in one for one in value):
        return value
    return None


def _shared(one: str, other: str) -> int:
    """How many characters two texts share at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _flag(record: Mapping[str, Any], name: str) -> bool | None:
    value = raw_name(record.get(name))
    if value is None:
        return None
    if value.lower() not in ("true", "false"):
        raise BadValue(name, "true or false", describe(record.get(name)))
    return value.lower() == "true"
