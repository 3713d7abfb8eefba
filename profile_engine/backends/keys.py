"""An endpoint's key: read from the environment at each call, and taken out of what comes back."""

import os
import re
from dataclasses import dataclass
from typing import Final

_MASKED: Final = re.compile(r"[\w-]*(?:\*+|\.{2,}|…)[\w-]*")
_HIDDEN: Final = "***"
_SHORTEST: Final = 8  # shorter ones are words such as "none" for a server at home, which texts may hold, too
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class EndpointKey:
    """The key in an environment variable; without a variable there is none."""

    variable: str | None = None

    def read(self) -> str:
        """The key as it is set now; empty where it is not."""
        return os.environ.get(self.variable, "").strip() if self.variable else ""

    def hide(self, text: str) -> str:
        """A text without the key."""
        key = self.read()
        return text.replace(key, _HIDDEN) if len(key) >= _SHORTEST else text

    def hide_masked(self, text: str) -> str:
        """A server's words without the key, however short, also with its middle masked as in `sk-ab***yz`."""
        key = self.read()
        if len(key) < _SHORTEST:
            return text.replace(key, _HIDDEN) if key else text
        first, last = key[:_SHOWN], key[-_SHOWN:]

        def hide(word: re.Match[str]) -> str:
            return _HIDDEN if word[0].startswith(first) or word[0].endswith(last) else word[0]

        return _MASKED.sub(hide, self.hide(text))
