"""Dataset cards: where a data set comes from, under which licence, and what its fields mean."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from annotation.errors import CardError
from annotation.importers.mapping import AnyMapping, ResponseMapping, Strict
from profile_engine.taxonomy import Task

CARD_FILE: Final = "card.toml"


class HubLocation(Strict):
    """Where on Hugging Face a file is; `{domain}` in a path stands for the chosen domain."""

    repo: str
    paths: tuple[str, ...] = Field(min_length=1)
    revision: str = "main"

    def paths_in(self, domain: str | None) -> tuple[str, ...]:
        """The paths of one domain."""
        return tuple(path.replace("{domain}", domain or "") for path in self.paths)


class DataFile(Strict):
    """A file of the data set: what it holds, and its names or patterns in the data set's folder."""

    role: str
    names: tuple[str, ...] = Field(min_length=1)
    optional: bool = False
    hub: HubLocation | None = None
    url: str | None = None


class DatasetCard(Strict):
    """A `card.toml`.

    Attributes:
        folder: where the card lies, and data that ships with it; it names the data set.
        source: where the data comes from.
        made: whether people and models really said what the data says, or it was written for a demo.
        simulated: what of it is not real: the responses' authors, the annotators.
        exclude_human_ties: leave out pairs that people call a tie, as the paper does with its data sets.
    """

    folder: Path = Field(Path(), exclude=True)
    title: str
    source: str
    licence: str
    citation: str = ""
    note: str = ""
    task: Task
    made: Literal["real", "written"] = "real"
    simulated: tuple[Literal["authors", "annotators"], ...] = ()
    exclude_human_ties: bool = False
    files: tuple[DataFile, ...] = Field(min_length=1)
    mapping: AnyMapping

    @property
    def name(self) -> str:
        """What the data set is called; begins the keys of its pairs."""
        return self.folder.resolve().name

    def file(self, role: str) -> DataFile:
        """The file with a role; raises CardError where the card has none."""
        for file in self.files:
            if file.role == role:
                return file
        raise CardError(f"the card {self.name} has no file with the role {role!r}; add one under [[files]]")


def cards_folder() -> Path:
    """Where the shipped cards are: inside the installed package, else beside it in a checkout."""
    package = Path(str(files("annotation")))
    inside = package / "datasets"
    return inside if inside.is_dir() else package.parent / "datasets"


def shipped_cards() -> tuple[str, ...]:
    """Names of the cards that come with the program."""
    return tuple(sorted(card.parent.name for card in cards_folder().glob(f"*/{CARD_FILE}")))


def load_card(name_or_path: str | Path) -> DatasetCard:
    """A shipped card by name, or any card by its folder or file.

    Raises:
        CardError: no such card, or the card is wrong: names file, key and what was expected.
    """
    path = _find(name_or_path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CardError(f"{path}: cannot be read as TOML: {error}") from error
    try:
        card = DatasetCard.model_validate({**content, "folder": path.parent})
    except ValidationError as error:
        raise CardError(f"{path}: {_first_error(error)}") from error
    _check_roles(card, path)
    return card


def _find(name_or_path: str | Path) -> Path:
    if str(name_or_path) in shipped_cards():
        return cards_folder() / str(name_or_path) / CARD_FILE
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        path /= CARD_FILE
    if not path.is_file():
        raise CardError(
            f"no card {str(name_or_path)!r}: give the path of a {CARD_FILE} or its folder, "
            f"or one of {', '.join(shipped_cards())}"
        )
    return path


def _first_error(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    # The tags of the mapping's two layouts are no keys of the file.
    key = ".".join(str(part) for part in first["loc"] if part not in {"pairs", "responses"}) or "(the card)"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    message = " ".join(first["msg"].split())
    return f"key {key}: {message[:1].lower()}{message[1:]}{more}"


def _check_roles(card: DatasetCard, path: Path) -> None:
    wanted: set[str] = {card.mapping.layout}
    if isinstance(card.mapping, ResponseMapping):
        wanted |= {"sources"} if card.mapping.source_file else set()
        wanted |= {"labels"} if card.mapping.label_file else set()
    else:
        wanted |= {judge.file for judge in card.mapping.judges if judge.file is not None}
    missing = wanted - {file.role for file in card.files}
    if missing:
        raise CardError(f"{path}: key files: expected a file with the role {sorted(missing)[0]!r}")
