"""The one way in: whatever the format and layout, in one transaction."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from annotation.errors import ImportFailure
from annotation.importers.card import DatasetCard
from annotation.importers.contradictions import BadPart
from annotation.importers.doubles import about_doubles
from annotation.importers.elsewhere import Elsewhere
from annotation.importers.elsewhere_rows import rows_of
from annotation.importers.erased_answers import ErasedAnswers
from annotation.importers.faults import BadRow, BadValue, UnknownLabel
from annotation.importers.fields import ABSENT, FieldPath, Oddity, Reading, raw_name
from annotation.importers.files import AS_IT_IS, DataFiles, ImportChoices, find_files
from annotation.importers.formats import read_rows
from annotation.importers.intake import Intake, roomy
from annotation.importers.mapping import PairMapping, ResponseMapping
from annotation.importers.pair_rows import HumanTie, OtherDomain, PairRows
from annotation.importers.planned_pairs import about_overlap
from annotation.importers.records import Entry, PairRecord
from annotation.importers.report import ImportReport, Terms
from annotation.importers.response_rows import ResponseRows
from annotation.importers.rows import DataSource, Row
from annotation.importers.study_rows import StudyRows
from annotation.revision import Revision
from annotation.study import Study
from profile_engine.taxonomy import FACTORS, Factor, own_factor

__all__ = ["ImportChoices", "Plan", "Progress", "import_data"]

Plan = DatasetCard | PairMapping | ResponseMapping | Elsewhere
"""What the fields of the data mean."""

Progress = Callable[[int, int], bool]
"""Told (bytes read, bytes of all files) now and then; False asks to stop."""

_T = TypeVar("_T")

_EVERY = 500
"""Rows between two words of progress."""

_LOOKED_THROUGH = 10_000
"""Rows of a file that are read for the ways in which it writes labels."""

_LISTED = 8
"""Ways of writing a label that a message lists at most."""


def import_data(
    study: Study,
    plan: Plan | None,
    paths: Sequence[str | Path] = (),
    *,
    choices: ImportChoices = AS_IT_IS,
    progress: Progress | None = None,
) -> ImportReport:
    """Read files into a study: all of it or, where anything is wrong, nothing.

    Args:
        study: takes the data.
        plan: a card, a mapping, or None for files that `export` wrote.
        paths: files, or one folder; may be left out for a card that comes with its data.
        choices: what to do about bad rows, which part of the data, whether to download.
        progress: is told how far it is; the import stops when it returns False.

    Raises:
        ImportFailure: a bad row (unless told to skip), a file that cannot be read, or the import was stopped.
    """
    files = find_files(plan if isinstance(plan, DatasetCard) else None, paths, choices)
    _require_domain(plan, choices.domain)
    with study.revising() as revision, roomy(revision.connection):
        return _Run(revision, plan, files, choices, progress).import_all()


def _require_domain(plan: Plan | None, domain: str | None) -> None:
    mapping = plan.mapping if isinstance(plan, DatasetCard) else plan
    if domain is not None and (not isinstance(mapping, PairMapping) or mapping.domain is None):
        raise ImportFailure(f"--domain {domain}: this data has no domains; leave it out")


class _Run:
    """One import."""

    def __init__(
        self,
        revision: Revision,
        plan: Plan | None,
        files: DataFiles,
        choices: ImportChoices,
        progress: Progress | None,
    ) -> None:
        self._revision = revision
        self._card = plan if isinstance(plan, DatasetCard) else None
        self._plan = plan.mapping if isinstance(plan, DatasetCard) else plan
        self._files = files
        self._choices = choices
        self._progress = progress
        self._factors = {factor.name: factor for factor in revision.factors}
        self._declared: list[Factor] = []
        self._new_factors: list[str] = []
        self._reading = Reading()
        self._totals: Counter[Oddity] = Counter()
        self._no_preference: Counter[str] = Counter()
        self._domains: Counter[str] = Counter()
        self._bad: dict[BadRow, None] = {}  # each once: a part may belong to several pairs
        self._rows = 0
        self._unmatched = 0
        self._left_out: Mapping[str, int] = {}
        self._erased = ErasedAnswers(revision.connection)
        self._notes: tuple[str, ...] = ()
        self._intake = Intake(
            revision.connection,
            dataset=None if self._card is None else self._card.name,
            files=files.names,
            before_writing=self._add_factors,
            replace_values=choices.replace_values,
            one_word_each=_one_word_each(plan),
        )

    def import_all(self) -> ImportReport:
        """Read everything and say what was done."""
        match self._plan:
            case PairMapping():
                self._import_pairs(self._plan)
            case ResponseMapping():
                self._import_responses(self._plan)
            case Elsewhere():
                self._import_elsewhere(self._plan)
            case None:
                self._import_export()
        self._intake.flush()
        self._notes += about_overlap(self._revision.connection, self._intake.labelled)
        self._notes += about_doubles(self._revision.connection, self._intake.last_pair_before)
        report = self._report()
        self._intake.finish(report.as_json())
        return report

    def _import_pairs(self, mapping: PairMapping) -> None:
        for external in mapping.factors:
            self._ensure_factor(external.name, external.title, external.definition)
        rows = PairRows(
            self._reading,
            mapping,
            dataset="own" if self._card is None else self._card.name,
            factors=self._factors,
            domain=self._choices.domain,
            exclude_ties=self._card is not None and self._card.exclude_human_ties,
            simulated=() if self._card is None else self._card.simulated,
        )
        for judge in rows.judges:
            if judge.file is not None:
                self._learn(judge.file, judge.learn)
        unseen = _Unseen(mapping) if self._card is None else None
        for row in self._main_rows():
            if unseen is not None:
                unseen.look(row)
            with_entry = self._tried(rows.read, row)
            match with_entry:
                case PairRecord():
                    self._take(with_entry)
                case OtherDomain(domain):
                    self._domains[domain] += 1
                case HumanTie():
                    self._totals[Oddity.HUMAN_TIE] += self._reading.counts[Oddity.HUMAN_TIE]
        if unseen is not None:
            unseen.complain(self._rows)
        self._unmatched = sum(judge.unmatched for judge in rows.judges if judge.file is not None)

    def _import_responses(self, mapping: ResponseMapping) -> None:
        rows = ResponseRows(
            self._reading,
            mapping,
            factors=self._factors,
            exclude_ties=self._card is not None and self._card.exclude_human_ties,
            simulated=() if self._card is None else self._card.simulated,
        )
        if mapping.source_file is not None:
            self._learn("sources", rows.learn_source)
        for row in self._main_rows():
            self._tried(rows.learn_response, row)
            self._totals += self._reading.counts
        if mapping.label_file is not None:
            self._learn("labels", rows.learn_label)
        self._reading.counts.clear()
        for entry in rows.entries():
            self._take(entry)
        self._totals += self._reading.counts  # of pairs that were left out

    def _import_export(self) -> None:
        rows = StudyRows(self._reading)
        for row in self._main_rows():
            entry = self._tried(rows.read, row)
            if entry is not None:
                for response in (entry.left, entry.right):
                    for value in response.values:
                        self._ensure_factor(value.factor, None, None)
                self._take(entry)

    def _import_elsewhere(self, elsewhere: Elsewhere) -> None:
        rows = rows_of(elsewhere, self._reading, self._revision.connection)
        for row in self._main_rows():
            entry = self._tried(rows.read, row)
            if entry is not None:
                self._take(entry)
        self._left_out = rows.left_out()
        self._intake.flush()
        self._notes = rows.finish()

    def _main_rows(self) -> Iterator[Row]:
        for source in self._files.main:
            yield from self._good_rows(source)

    def _good_rows(self, source: DataSource) -> Iterator[Row]:
        main = source in self._files.main
        for number, row in enumerate(read_rows(source)):
            self._rows += main
            if number % _EVERY == 0:
                self._tell()
            if isinstance(row, BadRow):
                self._refuse(row)
            else:
                yield row
        self._tell()

    def _learn(self, role: str, learn: Callable[[Row], None]) -> None:
        for source in self._files.others.get(role, ()):
            for row in self._good_rows(source):
                self._tried(learn, row)
                self._totals += self._reading.counts

    def _tried(self, read: Callable[[Row], _T], row: Row) -> _T | None:
        self._reading.counts.clear()
        try:
            return read(row)
        except BadValue as error:
            self._reading.counts.clear()
            if isinstance(error, UnknownLabel) and not self._choices.skip_bad:
                error.advice = _about_labels(error, row, self._files.named(row.file))
            self._refuse(row.bad(error))
            return None

    def _take(self, entry: Entry) -> None:
        if isinstance(entry, PairRecord):
            entry = self._erased.without(entry)
        try:
            self._intake.add(entry)
        except BadPart as error:
            line = error.line
            self._refuse(Row(line.file, line.number, {}).bad(error))
            self._take(entry.without(error.part))
            return
        except BadValue as error:
            self._reading.counts.clear()
            self._refuse(Row(entry.file, entry.line, {}).bad(error))
            return
        self._totals += self._reading.counts
        self._reading.counts.clear()
        if isinstance(entry, PairRecord):
            silent = (verdict.raw for verdict in entry.verdicts if verdict.choice is None)
            self._no_preference.update(raw or "nothing" for raw in silent)

    def _refuse(self, row: BadRow) -> None:
        if not self._choices.skip_bad:
            advice = f"; {row.advice}" if row.advice else ""
            raise ImportFailure(f"{row}{advice}; nothing was imported (--skip-bad leaves bad rows out)")
        self._bad[row] = None

    def _tell(self) -> None:
        if self._progress is not None and not self._progress(self._files.done, self._files.size):
            raise ImportFailure("the import was stopped; nothing was imported")

    def _ensure_factor(self, name: str, title: str | None, definition: str | None) -> None:
        if name in self._factors:
            return
        said = definition or "A value that came with the data."
        factor = FACTORS.get(name) or own_factor(name, title or name.replace("_", " ").title(), said)
        self._declared.append(factor)
        self._factors[name] = factor

    def _add_factors(self) -> None:
        """Only now that something is written: a declaration alone does not make the study another."""
        for factor in self._declared:
            self._revision.change_factor(factor)
            self._new_factors.append(factor.name)
        self._declared.clear()

    def _report(self) -> ImportReport:
        count = self._intake.count
        domain = self._plan.domain if isinstance(self._plan, PairMapping) else None
        labelled = isinstance(self._plan, PairMapping) and self._plan.labels
        return ImportReport(
            dataset=None if self._card is None else self._card.name,
            terms=None if self._card is None else _terms(self._card),
            files=self._files.names,
            beside=self._files.beside,
            missing=self._files.missing,
            rows=self._rows,
            pairs=count("pairs"),
            sources=count("sources"),
            responses=count("responses"),
            labels=count("labels"),
            verdicts=count("verdicts"),
            values=count("values"),
            others=count("remarks"),
            new_factors=tuple(self._new_factors),
            replaced_values=self._intake.replaced_values,
            empty_responses=self._totals[Oddity.EMPTY],
            scalars_as_text=self._totals[Oddity.SCALAR],
            repaired_texts=self._totals[Oddity.REPAIRED],
            unlabelled_pairs=self._intake.unlabelled if labelled else 0,
            human_ties_excluded=self._totals[Oddity.HUMAN_TIE],
            no_preference=dict(self._no_preference),
            unmatched_verdicts=self._unmatched,
            domain=None if domain is None else self._choices.domain or domain.default,
            other_domains=dict(self._domains),
            left_out={**self._left_out, **self._erased.left_out()},
            notes=(*self._notes, *map(_told_alike, self._intake.lookalikes)),
            bad_rows=tuple(self._bad),
        )


def _about_labels(error: UnknownLabel, bad: Row, source: DataSource) -> str:
    """Names the values of the file and leaves their sides to the person: a guess would look like a coding."""
    rows = islice(read_rows(DataSource(source.path)), _LOOKED_THROUGH)
    found: set[str] = set()
    for row in (bad, *rows):
        try:
            name = raw_name(error.label_in(row.record)) if isinstance(row, Row) else None
        except BadValue:
            continue
        if name is not None and len(found) < _LISTED:
            found.add(name)
    listed = ",".join(f"{name}=…" for name in sorted(found))
    return f"say which are left, right or tie: --labels {listed}, or values in a card" if found else ""


def _one_word_each(plan: Plan | None) -> str:
    match plan:
        case Elsewhere():
            return plan.one_word_each
        case None:
            return "an annotator has one choice a pair: leave one of the answers out of the file"
        case _:
            return "if several people spoke, say who: --map annotator=FIELD, or annotator_field in a card"


def _told_alike(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names))
    return f"annotators whom only capitals or spaces tell apart, kept as the data has them: {shown}"


def _terms(card: DatasetCard) -> Terms:
    return Terms(card.title, card.source, card.licence, card.citation, card.made)


class _Unseen:
    """Fields that the command line names and no row has: a slip of the hand, not a property of the data."""

    def __init__(self, mapping: PairMapping) -> None:
        optional = mapping.model_dump(
            include={"title", "id", "source_id", "left_agent", "right_agent", "left_id", "right_id"}
            | {"left_score", "right_score"}
        )
        named: Iterable[object] = [
            *optional.values(),
            *(label.annotator_field for label in mapping.labels),
        ]
        self._unseen = [FieldPath(name) for name in named if isinstance(name, str)]
        self._first: Row | None = None

    def look(self, row: Row) -> None:
        """Strike out what the row has."""
        self._first = self._first or row
        if self._unseen:
            self._unseen = [path for path in self._unseen if path.get(row.record) is ABSENT]

    def complain(self, rows: int) -> None:
        """Raise ImportFailure for a field that was never seen."""
        if rows and self._unseen and self._first is not None:
            there = ", ".join(map(str, self._first.record))[:200]
            raise ImportFailure(
                f"{self._first.file}: no row has the field {self._unseen[0].text!r}; there are {there}"
            )
