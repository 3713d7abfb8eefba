"""Words by which a text names a side: wrong for half of those who read it, as sides are drawn for each."""

import re
from typing import Final

_THING: Final = r"(?:one|side|response|summary|answer|text|version|option|choice|candidate|completion)"
_JUDGED: Final = r"(?:is|was|has|wins?|better|worse|covers?|says?|misses|leaves|adds?|keeps?|reads?|tells?)"
_NAMED: Final = re.compile(
    rf"""
      \b(?:the\s+)?(?:first|second|left|right)(?:-hand)?\s+{_THING}\b
    | \bthe\s+(?:first|second|left|right)\s+{_JUDGED}\b
    | \bthe\s+(?:former|latter)\b
    | \bon\s+the\s+(?:left|right)\b
    | \b{_THING}\s+(?-i:[AB]|[12])\b(?!\s*(?:sentences?|words?|facts?|of)\b)
    | \b(?:response|summary|option|version|side)\s+(?:one|two)\b
    | (?<![\w'’])(?-i:[AB]|[12])\s+{_JUDGED}\b
    | \b(?:choose|pick|press|prefer|answer)\s+(?-i:[AB]|[12])\b
    | ["'“‘(\[](?-i:[AB]|[12])["'”’)\]]
    | [◀▶]
    """,
    re.IGNORECASE | re.VERBOSE,
)


def side_named(text: str) -> str | None:
    """The first words that name a side, as they stand there; None where none do, as far as that shows."""
    found = _NAMED.search(text)
    return None if found is None else " ".join(found[0].split())
