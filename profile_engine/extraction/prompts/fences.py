"""Marks around material, so that a text to be judged cannot pass for part of the task."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

_TOKEN_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Section:
    """A text to be judged, and what it is: one lower-case word or several with hyphens."""

    name: str
    text: str


def fenced(sections: Sequence[Section], beside: Sequence[str] = ()) -> str:
    """Every section between its marks, `<name-token>` and `</name-token>`.

    The token follows from all the sections, so equal requests stay equal, and stands in none of them, nor
    in the texts `beside` them: whoever wrote one of the texts can neither foresee the mark nor close it.
    """
    token = _token(sections, beside)
    return "\n\n".join(
        f"<{section.name}-{token}>\n{section.text}\n</{section.name}-{token}>" for section in sections
    )


def numbered(statements: Sequence[str]) -> str:
    """One statement a line, from 1; a line break within one cannot begin another."""
    return "\n".join(f"{number}. {' '.join(text.split())}" for number, text in enumerate(statements, 1))


def _token(sections: Sequence[Section], beside: Sequence[str]) -> str:
    texts = [text.casefold() for text in (*(section.text for section in sections), *beside)]
    return next(token for token in _tokens(sections) if not any(token in text for text in texts))


def _tokens(sections: Sequence[Section]) -> Iterator[str]:
    whole = "".join(f"{section.name} {len(section.text)}\n{section.text}\n" for section in sections)
    for attempt in count():
        digest = hashlib.sha256(f"{attempt}\n{whole}".encode("utf-8", "surrogatepass"))
        yield digest.hexdigest()[:_TOKEN_LENGTH]
