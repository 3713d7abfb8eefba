"""How somebody leaves who takes part no more, and what they are told then."""

from enum import IntEnum


class Parting(IntEnum):
    """Why labelling is over for somebody; the number is the exit code of a process in a browser's service."""

    WITHDRAWN = 40
    DECLINED = 41

    @property
    def words(self) -> str:
        """What the person is told."""
        return _WORDS[self]


_WORDS = {
    Parting.WITHDRAWN: "You have withdrawn: nothing you answered counts.",
    Parting.DECLINED: "You did not take part: nothing was saved.",
}
