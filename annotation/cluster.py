"""Where portions of work are done: here, or on a Dask cluster. The study is written here either way."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self, TypeVar

from annotation.errors import StudyError

if TYPE_CHECKING:
    from distributed import Future

PortionT = TypeVar("PortionT")
ResultT = TypeVar("ResultT")

_AHEAD: Final = 2  # portions a thread of the cluster: one in work, one at hand
_PATIENCE: Final = "15s"


class ClusterError(StudyError):
    """The cluster cannot be reached or failed."""


class Workplace(Protocol):
    """Does portions of work; results come in the order of the portions."""

    def map(
        self, function: Callable[[PortionT], ResultT], portions: Iterable[PortionT]
    ) -> Iterator[tuple[PortionT, ResultT]]:
        """Each portion with its result; portions are taken as there is room for them."""
        ...


class Here:
    """This process."""

    def map(
        self, function: Callable[[PortionT], ResultT], portions: Iterable[PortionT]
    ) -> Iterator[tuple[PortionT, ResultT]]:
        """One portion after the other, each when its result is asked for."""
        return ((portion, function(portion)) for portion in portions)


class Cluster:
    """A Dask cluster, reached by its scheduler's address; its workers need this package installed."""

    def __init__(self, address: str) -> None:
        """Raises ClusterError where there is no cluster."""
        try:
            from distributed import Client
        except ImportError as error:
            raise ClusterError("a cluster needs distributed: pip install '.[cluster]'") from error
        try:
            self._client = Client(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterError(
                f"no Dask scheduler answers at {address}; `dask scheduler` starts one"
            ) from error
        self._address = address

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def map(
        self, function: Callable[[PortionT], ResultT], portions: Iterable[PortionT]
    ) -> Iterator[tuple[PortionT, ResultT]]:
        """As many portions at once as the workers have room for, and no more held in memory."""
        under_way: deque[tuple[PortionT, Future]] = deque()
        try:
            for portion in portions:
                # Not pure: a value is computed once, and no result is to be kept for another one's sake.
                under_way.append((portion, self._client.submit(function, portion, pure=False)))
                if len(under_way) >= self._room():
                    yield self._next(under_way)
            while under_way:
                yield self._next(under_way)
        finally:
            for _, future in under_way:
                future.cancel()

    def _room(self) -> int:
        threads: int = sum(self._client.nthreads().values())
        if not threads:
            raise ClusterError(f"the cluster at {self._address} has no worker; start one with `dask worker`")
        return _AHEAD * threads

    def _next(self, under_way: "deque[tuple[PortionT, Future]]") -> tuple[PortionT, ResultT]:
        from distributed import KilledWorker

        portion, future = under_way.popleft()
        try:
            result: ResultT = future.result()
        except (KilledWorker, ImportError, OSError) as error:
            raise ClusterError(
                f"the cluster at {self._address} failed ({error}); what is stored is kept"
            ) from error
        return portion, result
