"""Draws the README's picture: the real screen of the demo study, as the person sees it.

Run it with `make docs` after a change of screens.
"""

import asyncio
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from annotation.study import Study
from tui.app import Mode, ProfileApp
from tui.cli.demo import make_demo
from tui.session import Role, Session

PICTURE: Final = Path(__file__).parent / "images" / "pairs.svg"
WIDTH, HEIGHT = 120, 40
KEYS: Final = "mmm"
"""To the third pair on which people and the chosen model prefer different sides."""

_FONT_FACE: Final = re.compile(r"@font-face \{.*?\}", re.DOTALL)


async def draw(location: Path) -> None:
    """Open the demo at a pair that says something, and save what is on the screen."""
    with Study.open(location) as study:
        app = ProfileApp(Session(study, Role.RESEARCHER), start=Mode.PAIRS)
        async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
            while app.snapshot is None:
                await pilot.pause(0.05)
            await pilot.press(*KEYS)
            await pilot.pause(0.5)
            picture = app.export_screenshot(title="profile-tui demo")
    # Nothing is fetched from elsewhere to show it: the reader's own monospaced font serves.
    PICTURE.write_text(_FONT_FACE.sub("", picture).replace("Fira Code, monospace", "monospace"), "utf-8")


def main() -> None:
    """Make the demo study and draw it."""
    PICTURE.parent.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        location = Path(folder) / "demo.db"
        make_demo(location)
        asyncio.run(draw(location))
    print(f"drew {PICTURE.name}")


if __name__ == "__main__":
    main()
