"""Who may come in."""

from annotation.people.accounts import accounts, check
from annotation.study import Study


class Door:
    """Asks the study whom a code lets in; in worker threads, since hashing and reading take their time.

    Args:
        study: an open one.
    """

    def __init__(self, study: Study) -> None:
        self._study = study

    def check(self, name: str, code: str) -> str | None:
        """The annotator whom name and access code let in, or nobody."""
        return check(self._study, name, code)

    def since(self, name: str) -> str | None:
        """When the code that lets this person in was made; None where they have none (any more)."""
        return next((one.since for one in accounts(self._study) if one.name == name), None)
