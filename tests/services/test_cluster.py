"""A real Dask cluster of processes finds the same values, to the byte, as this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from annotation.cluster import Cluster, ClusterError, Here, Workplace
from annotation.extraction import quality, rules
from annotation.extraction.quality import UniEvalScorer, extract_quality
from annotation.extraction.rules import extract_rules
from annotation.store import tables
from annotation.study import Study
from tests.annotation.synthetic import make_study
from tests.services.tiny_t5 import save_t5

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_PORTION", 30)
    monkeypatch.setattr(quality, "_PORTION", 30)


def _values(study: Study) -> list[tuple[object, ...]]:
    c = tables.factor_values.c
    found = select(c.response_id, c.factor, c.value, c.reason, c.method, c.version, c.model, c.evidence)
    with study.reading() as connection:
        rows = connection.execute(found.order_by(c.response_id, c.factor)).all()
    return [(*row[:2], None if row.value is None else row.value.hex(), *row[3:]) for row in rows]


def _extract(path: Path, place: Workplace, model: Path) -> list[tuple[object, ...]]:
    with make_study(path, pairs=60, annotators=0, judges=0) as study:
        extract_rules(study, place=place)
        extract_quality(study, UniEvalScorer(str(model)), place=place)
        return _values(study)


def _words(path: Path) -> list[str]:
    """All words of the made study, so that the model tells its texts apart."""
    with make_study(path, pairs=60, annotators=0, judges=0) as study, study.reading() as connection:
        texts = connection.execute(select(tables.responses.c.text)).scalars().all()
        return sorted({word for text in texts for word in text.split()})


def test_values_are_equal_to_the_byte(tmp_path: Path, address: str) -> None:
    model = tmp_path / "t5"
    model.mkdir()
    save_t5(model, _words(tmp_path / "words.db"))
    here = _extract(tmp_path / "here.db", Here(), model)
    with Cluster(address) as cluster:
        there = _extract(tmp_path / "there.db", cluster, model)
    assert here == there
    assert len(here) == 4 * 120 + 2 * 120  # those that came with the study, too
    assert len({row[2] for row in here if row[4] == "unieval"}) > 200, "the scores say nothing"


def test_a_stop_leaves_the_cluster_free(tmp_path: Path, address: str) -> None:
    with (
        make_study(tmp_path / "s.db", pairs=60, annotators=0, judges=0) as study,
        Cluster(address) as cluster,
    ):
        (report,) = extract_rules(study, ["length"], lambda done, of: False, place=cluster)
        assert (report.added, report.stopped) == (30, True)
        (rest,) = extract_rules(study, ["length"], place=cluster)
        assert (rest.added, rest.already) == (90, 30)


def test_no_cluster_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotation.cluster._PATIENCE", "1s")
    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9") as refusal:
        Cluster("tcp://127.0.0.1:9")
    assert "\n" not in str(refusal.value)


def test_a_cluster_without_workers_says_so(tmp_path: Path) -> None:
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=0, dashboard_address=None) as empty,
        make_study(tmp_path / "s.db", pairs=1, annotators=0, judges=0) as study,
        Cluster(empty.scheduler_address) as cluster,
        pytest.raises(ClusterError, match="no worker"),
    ):
        extract_rules(study, place=cluster)
