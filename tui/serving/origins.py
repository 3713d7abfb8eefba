"""From which pages the server is spoken to: its own and no other."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the server's own pages come from.

    Attributes:
        host: where it listens.
        url: under which people reach it, where something stands in between.
    """

    host: str
    url: str | None = None

    @property
    def secure(self) -> bool:
        """Whether people reach it through TLS."""
        return self.url is not None and _parsed(self.url).scheme == "https"

    def allows_host(self, asked: str) -> bool:
        """Whether the server goes by this name: on loopback it does by no other, wherever a name leads to."""
        if not is_loopback(self.host) or (self.url and asked == _parsed(self.url).netloc):
            return True
        return is_loopback(_parsed(f"//{asked}").hostname or "")

    def allows(self, origin: str | None, asked: str) -> bool:
        """Whether a request that came to this host was made by a page of the server itself."""
        if origin is None or not self.allows_host(asked):
            return False
        own = {f"http://{asked}"} if self.url is None else {f"http://{asked}", _origin(self.url)}
        return origin in own


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _origin(url: str) -> str:
    parsed = _parsed(url)
    return f"{parsed.scheme}://{parsed.netloc}"


def _parsed(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # a bracket without its other
        return SplitResult("", "", "", "", "")
