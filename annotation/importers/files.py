"""Finding the files of an import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from annotation.errors import ImportFailure
from annotation.importers import hub
from annotation.importers.card import DataFile, DatasetCard
from annotation.importers.formats import open_source
from annotation.importers.mapping import PairMapping
from annotation.importers.rows import DataSource


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """How to import.

    Attributes:
        skip_bad: leave bad rows out instead of stopping at the first.
        domain: the part of a data set that has several; None: the card's.
        download: fetch what is not there from the card's Hugging Face location.
        replace_values: let a factor value that differs from the one before stand from now on, instead of
            taking it for a bad row. The one before is kept.
    """

    skip_bad: bool = False
    domain: str | None = None
    download: bool = False
    replace_values: bool = False


AS_IT_IS: Final = ImportChoices()
"""Nothing skipped, nothing downloaded, the card's domain."""


@dataclass(frozen=True, slots=True)
class DataFiles:
    """The files of one import.

    Attributes:
        main: whose rows are imported.
        others: by role: sources, labels, verdicts.
        missing: names of optional files that are not there.
        beside: names of files that were not asked for, but lie beside those that were and belong to them.
    """

    main: tuple[DataSource, ...]
    others: Mapping[str, tuple[DataSource, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def _all(self) -> tuple[DataSource, ...]:
        return (*self.main, *(source for sources in self.others.values() for source in sources))

    @property
    def names(self) -> tuple[str, ...]:
        """The files' names."""
        return tuple(source.name for source in self._all)

    def named(self, name: str) -> DataSource:
        """The first file of a name that is among them."""
        return next(source for source in self._all if source.name == name)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(source.size for source in self._all)

    @property
    def done(self) -> int:
        """Bytes read so far."""
        return sum(source.done for source in self._all)


def find_files(card: DatasetCard | None, paths: Sequence[str | Path], choices: ImportChoices) -> DataFiles:
    """The files to read; raises ImportFailure that says which file is missing and where to get it."""
    given = [Path(path).expanduser() for path in paths]
    if card is None:
        return DataFiles(_opened(_files_only(given)))
    folder = next((path for path in given if path.is_dir()), None)
    files = [path for path in given if not path.is_dir()]
    beside = folder or (files[0].parent if files else card.folder)
    main = card.file(card.mapping.layout)
    found = files or _required(card, main, beside, choices)
    others: dict[str, tuple[DataSource, ...]] = {}
    missing: list[str] = []
    for file in card.files:
        if file is main:
            continue
        there = _matching(file, beside, _domain(card, choices))
        if there or not file.optional:
            others[file.role] = _opened(there or _required(card, file, beside, choices))
        else:
            missing.append(" or ".join(file.names))
    beside_it = [source.name for sources in others.values() for source in sources] if files else []
    return DataFiles(_opened(found), others, tuple(missing), tuple(beside_it) if folder is None else ())


def _files_only(paths: Sequence[Path]) -> Sequence[Path]:
    if not paths:
        raise ImportFailure("no file to import: name one")
    for path in paths:
        if path.is_dir():
            raise ImportFailure(f"{path}: a folder needs a card that says what is in it (--card)")
    return paths


def _required(card: DatasetCard, file: DataFile, folder: Path, choices: ImportChoices) -> Sequence[Path]:
    domain = _domain(card, choices)
    found = _matching(file, folder, domain)
    if found:
        return found
    if choices.download:
        return hub.download(card, file, domain)
    also = " (or --download)" if file.hub is not None else ""
    where = "" if folder == card.folder else f" in {folder}"
    advice = hub.advice(card, file, domain)
    raise ImportFailure(f"{card.name}: no {' or '.join(file.names)}{where}; {advice}{also}")


def _matching(file: DataFile, folder: Path, domain: str | None) -> list[Path]:
    patterns = [name.replace("{domain}", domain or "") for name in file.names]
    found = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    return sorted(found)


def _domain(card: DatasetCard, choices: ImportChoices) -> str | None:
    if not isinstance(card.mapping, PairMapping) or card.mapping.domain is None:
        return choices.domain
    return choices.domain or card.mapping.domain.default


def _opened(paths: Sequence[Path]) -> tuple[DataSource, ...]:
    return tuple(open_source(path) for path in paths)
