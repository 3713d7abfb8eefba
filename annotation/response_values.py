"""The factor values of a study's responses in memory, with corrections over them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, select, true

from annotation.store.columns import Columns, read_columns
from annotation.store.tables import factor_values
from annotation.validation.choices import Values
from annotation.validation.corrections import Correction
from profile_engine.live import NewSigns
from profile_engine.manifestation import manifest
from profile_engine.tally import Signs
from profile_engine.taxonomy import Factor

_Ids = npt.NDArray[np.int64]


def read_values(
    connection: Connection, factors: Sequence[Factor], response_ids: _Ids, until: int | None = None
) -> npt.NDArray[np.float64]:
    """The standing values of responses.

    Args:
        connection: in whose transaction to read.
        factors: of the columns.
        response_ids: of the rows, ascending.
        until: the highest id of a value that counts; None for all.

    Returns:
        responses x factors, NaN where there is no value.
    """
    values = np.empty((len(response_ids), len(factors)))
    for column, factor in enumerate(factors):
        found = read_columns(
            connection,
            select(factor_values.c.response_id, factor_values.c.value)
            .where(factor_values.c.factor == factor.name, _until(until))
            .order_by(factor_values.c.response_id, factor_values.c.id),
            [("response", "i8"), ("value", "f8")],
        )
        values[:, column] = by_response(response_ids, found, "value", np.nan)
    return values


def by_response(response_ids: _Ids, found: Columns, column: str, otherwise: float) -> npt.NDArray[Any]:
    """One entry for each of these responses; of several in `found` the last one stands."""
    values = np.full(len(response_ids), otherwise, found[column].dtype)
    found = found[np.isin(found["response"], response_ids)]
    values[np.searchsorted(response_ids, found["response"])] = found[column]
    return values


def _until(highest: int | None) -> ColumnElement[bool]:
    return true() if highest is None else factor_values.c.id <= highest


@dataclass(slots=True)
class ResponseValues:
    """The factor values of the responses of all pairs.

    Attributes:
        factors: in the order of the columns.
        response_ids: ascending, one a row.
        left: the row of each pair's left response; `right` of its right one.
        values: responses x factors, NaN where there is none.
        shown: whether corrections count.
        raw: values under a correction, by row and column.
    """

    factors: tuple[Factor, ...]
    response_ids: _Ids
    left: _Ids
    right: _Ids
    values: npt.NDArray[np.float64]
    shown: Values = Values.RAW
    raw: dict[tuple[int, int], float] = field(default_factory=dict)
    _by_response: "_PairIndex | None" = None

    @property
    def corrected_responses(self) -> frozenset[int]:
        """Ids of the responses that have a correction over a value."""
        return frozenset(int(self.response_ids[row]) for row, _ in self.raw)

    def manifestations(self) -> Signs:
        """Pairs x factors."""
        signs = np.empty((len(self.left), len(self.factors)), np.int8)
        for column, factor in enumerate(self.factors):
            values = self.values[:, column]
            signs[:, column] = manifest(values[self.left], values[self.right], factor.tie_tolerance)
        return signs

    def correct(
        self, corrections: Iterable[Correction], responses: Collection[int] = ()
    ) -> tuple[tuple[int, int], ...]:
        """Put corrections over the values, and take away those on these responses that are no more.

        Returns:
            Row and column of what changed.
        """
        columns = {factor.name: column for column, factor in enumerate(self.factors)}
        wanted = {
            (row, columns[one.factor]): np.nan if one.after is None else one.after
            for one in corrections
            if one.factor in columns and (row := self._row(one.response_id)) is not None
        }
        rows = {row for response in responses if (row := self._row(response)) is not None}
        gone = [place for place in self.raw if place[0] in rows and place not in wanted]
        for place in gone:
            self.values[place] = self.raw.pop(place)
        for place, value in wanted.items():
            self.raw.setdefault(place, float(self.values[place]))
            self.values[place] = value
        return (*gone, *wanted)

    def signs_at(self, places: Iterable[tuple[int, int]]) -> tuple[NewSigns, ...]:
        """How the pairs of these rows manifest the factors of these columns; O(pairs of the rows)."""
        if self._by_response is None:
            self._by_response = _PairIndex.over(self.left, self.right)
        return tuple(self._signs(self._by_response.pairs_of(row), column) for row, column in places)

    def _signs(self, pairs: _Ids, column: int) -> NewSigns:
        factor, values = self.factors[column], self.values[:, column]
        signs = manifest(values[self.left[pairs]], values[self.right[pairs]], factor.tie_tolerance)
        return NewSigns(factor.name, pairs, signs)

    def _row(self, response_id: int) -> int | None:
        row = int(np.searchsorted(self.response_ids, response_id))
        found = row < len(self.response_ids) and self.response_ids[row] == response_id
        return row if found else None


@dataclass(frozen=True, slots=True)
class _PairIndex:
    """The pairs of each response: sides in the order of their responses."""

    responses: _Ids
    pairs: _Ids

    @classmethod
    def over(cls, left: _Ids, right: _Ids) -> "_PairIndex":
        sides = np.concatenate([left, right])
        order = np.argsort(sides, kind="stable")
        return cls(sides[order], order % max(1, len(left)))

    def pairs_of(self, row: int) -> _Ids:
        begin, end = (int(np.searchsorted(self.responses, row, side)) for side in ("left", "right"))
        return np.unique(self.pairs[begin:end])
