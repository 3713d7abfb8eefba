"""People's names where a table has no room for all of them."""

from collections.abc import Iterable


def shortened(names: Iterable[str], most: int) -> dict[str, str]:
    """Each name in at most so many letters, without its middle: `worker…f1e8d4`.

    Names stay whole where two of them would come out the same.
    """
    from tui.outside import safe

    whole = {name: safe(name) for name in names}
    short = {name: _cut(shown, most) for name, shown in whole.items()}
    return short if len(set(short.values())) == len(short) else whole


def _cut(name: str, most: int) -> str:
    if len(name) <= most:
        return name
    end = most // 2
    return f"{name[: most - end - 1]}…{name[-end:]}"
