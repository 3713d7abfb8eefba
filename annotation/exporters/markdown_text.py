"""Text from outside in a Markdown file: it reads as it is, and formats, links and mentions nothing."""

import re
import unicodedata
from typing import Final

_SPECIAL: Final = re.compile(r"([\\`*_\[\]~^$|]|^[#+\-=:]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"^(\d+)([.)])")
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"})
_UNSEEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_LINE_ENDS: Final = re.compile(r"\r\n|[\n\r\v\f\u0085\u2028\u2029]")


def inline(text: str) -> str:
    """A text on one line, for headings and cells."""
    return _escaped(" ".join(text.split()))


def quoted(text: str) -> str:
    """A text as a block quote, its lines as they are."""
    lines = [line.strip() for line in _LINE_ENDS.split(text.strip())]
    quote = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        # A backslash at the end of a line breaks it; after the last one of a paragraph it would stand there.
        quote.append(f"> {_escaped(line)}".rstrip() + ("\\" if line and following else ""))
    return "\n".join(quote)


def _escaped(text: str) -> str:
    shown = "".join(f"⟨U+{ord(one):04X}⟩" if _is_unseen(one) else one for one in text.replace("\t", " "))
    return _NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", shown)).translate(_ENTITIES)


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in _UNSEEN
