"""One person's way through a set of feedback texts, without a widget."""

from threading import RLock

from annotation.study import Study
from annotation.validation.coding import CodingDesk, CodingText, TextStanding
from annotation.validation.mentions import MentionEntry, NewMention
from tui.ahead import ReadAhead


class CodingTexts:
    """The texts of one coder. Worker threads call what reads and writes; the rest is quick."""

    def __init__(self, study: Study, coding_id: int, coder: str) -> None:
        self.coding_id, self.coder = coding_id, coder
        self._desk = CodingDesk(study, coding_id, coder)
        self._lock = RLock()
        self._ahead = ReadAhead(self._desk.next, lambda text: text.id)

    @property
    def done(self) -> int:
        """Texts coded."""
        return self._desk.done

    @property
    def total(self) -> int:
        """All texts."""
        return self._desk.total

    def counts(self) -> dict[str, int]:
        """How many texts mention each factor."""
        return self._desk.counts()

    def number(self, text_id: int) -> int | None:
        """A text's place, from 1; None for a text of another set."""
        return self._desk.number(text_id)

    def standing(self, text_id: int) -> TextStanding:
        """What this coder has said of a text."""
        return self._desk.standing(text_id)

    def next(self, after: int | None = None) -> CodingText | None:
        """The next text that is not coded; None when all are."""
        with self._lock:
            return self._desk.next(after)

    def text(self, text_id: int) -> CodingText:
        """One text, coded or not."""
        with self._lock:
            return self._desk.text(text_id)

    def beside(self, text_id: int, step: int) -> CodingText | None:
        """The text so many places on (or back); None past either end."""
        with self._lock:
            return self._desk.beside(text_id, step)

    def read_ahead(self, after: int) -> None:
        """Find out what comes after a text that is still open."""
        with self._lock:
            self._ahead.read(after)

    def ready(self, after: int) -> CodingText | None:
        """What was read ahead for this text; None when it has to be read now."""
        return self._ahead.ready(after)

    def save(self, new: NewMention) -> MentionEntry:
        """Append an entry; on disk when this returns."""
        with self._lock:
            return self._desk.save(new)

    def undo(self) -> MentionEntry | None:
        """Take back the last entry."""
        with self._lock:
            self._ahead.forget()
            return self._desk.undo()
