"""Every format gives the same rows, with the lines on which they begin."""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.errors import ImportFailure
from annotation.importers import json_file
from annotation.importers.faults import BadRow
from annotation.importers.formats import open_source, read_rows
from annotation.importers.rows import DataSource, Row

RECORDS: list[dict[str, Any]] = [{"a": "one", "b": "x\ny"}, {"a": "zwei, drei", "b": '"ü"'}]


def rows(path: Path) -> list[tuple[int, Any]]:
    return [
        (row.line, row.record if isinstance(row, Row) else str(row)) for row in read_rows(open_source(path))
    ]


def test_json_array_counts_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps(RECORDS, indent=1), encoding="utf-8")
    # [ on line 1, the first object on lines 2 to 5, the second from line 6
    assert rows(path) == [(2, RECORDS[0]), (6, RECORDS[1])]


def test_json_lines_under_the_name_of_json(tmp_path: Path) -> None:
    path = tmp_path / "train.json"
    path.write_text("\n".join(map(json.dumps, RECORDS)), encoding="utf-8")
    assert rows(path) == [(1, RECORDS[0]), (2, RECORDS[1])]


@pytest.mark.parametrize("name", ["pairs.jsonl", "pairs.ndjson", "pairs.jsonl.gz", "pairs.JSONL"])
def test_jsonl_passes_over_empty_lines_and_a_byte_order_mark(tmp_path: Path, name: str) -> None:
    content = "\ufeff" + "\n\n".join(json.dumps(record, ensure_ascii=False) for record in RECORDS)
    packed = gzip.compress(content.encode()) if name.endswith(".gz") else content.encode()
    (tmp_path / name).write_bytes(packed)
    assert rows(tmp_path / name) == [(1, RECORDS[0]), (3, RECORDS[1])]


@pytest.mark.parametrize(("name", "delimiter"), [("t.csv", ","), ("t.tsv", "\t"), ("t.csv.gz", ",")])
def test_tables_name_the_line_on_which_a_row_begins(tmp_path: Path, name: str, delimiter: str) -> None:
    content = f'\ufeffa{delimiter}b\r\none{delimiter}"x\ny"\r\n"zwei, drei"{delimiter}"""ü"""\r\n'
    packed = gzip.compress(content.encode()) if name.endswith(".gz") else content.encode()
    (tmp_path / name).write_bytes(packed)
    assert rows(tmp_path / name) == [(2, RECORDS[0]), (4, RECORDS[1])]


def test_a_cell_may_be_long(tmp_path: Path) -> None:
    long = "word " * 60_000
    (tmp_path / "t.csv").write_text(f"a\n{long}\n", encoding="utf-8")
    assert rows(tmp_path / "t.csv") == [(2, {"a": long})]


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    nested = [{"summaries": [{"text": "a"}, {"text": "b"}], "choice": 1}]
    parquet.write_table(pyarrow.Table.from_pylist(nested), tmp_path / "t.parquet")
    assert rows(tmp_path / "t.parquet") == [(1, nested[0])]


def test_parquet_without_pyarrow_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    with pytest.raises(ImportFailure, match=r"pip install '\.\[parquet\]'"):
        rows(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.jsonl", b'{"a": 1}\n{"a": \n', "x.jsonl, line 2, field (the line): expected a JSON object"),
        (
            "x.jsonl",
            b'{"a": 1}\n\n[1]\n',
            "x.jsonl, line 3, field (the line): expected a JSON object, found a list",
        ),
        (
            "x.jsonl",
            b'{"a": "\xff"}\n',
            "x.jsonl, line 1, field (the line): expected UTF-8, found the byte 0xff",
        ),
        ("x.jsonl", b"[" * 100_000, "too many nested brackets"),
        ("x.json", b'[{"a": 1},\n 5]', "x.json, line 2, field (the element): expected a JSON object"),
        ("x.csv", b"a,b\n1,2\n1\n", "x.csv, line 3, field (the row): expected 2 cells, found 1"),
        ("x.csv", b"a,b\n1,2\n\xe9,2\n", "x.csv, line 3, field a: expected UTF-8, found other bytes"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    bad = [str(row) for row in read_rows(open_source(tmp_path / name)) if isinstance(row, BadRow)]
    assert len(bad) == 1
    assert message in bad[0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.json", b'[{"a": 1}\n{"a": 2}]', "x.json, line 2: expected , or ], found '{'"),
        ("x.json", b'[{"a": 1},\n {"a": ', "x.json, line 2"),
        ("x.json", b'[{"a": 1}]\n]', "x.json, line 2: expected the end of the file"),
        ("x.json", b'[{"a": "ok"},\n{"a": "\xff"}]', "line 2: expected UTF-8, found the byte 0xff"),
        ("x.json", b"", "x.json: the file is empty"),
        ("x.csv", b"", "x.csv: the file is empty"),
        ("x.csv", b"a,a\n1,2\n", "x.csv, line 1: the column 'a' is there twice"),
        ("x.jsonl.gz", b"no gzip", "cannot be read"),
        ("x.parquet", b"no parquet", "not readable as Parquet"),
        ("x.docx", b"", "unknown format; known endings are .json"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImportFailure) as caught:
        rows(tmp_path / name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file() -> None:
    with pytest.raises(ImportFailure, match="there is no such file"):
        open_source(Path("nowhere.json"))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.dictionaries(st.text(max_size=4), JSON_VALUES, max_size=3), max_size=6),
    st.integers(1, 9),
    st.sampled_from([None, 0, 2]),
)
def test_an_array_reads_the_same_wherever_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]], chunk: int, indent: int | None
) -> None:
    path = tmp_path_factory.mktemp("cut") / "x.json"
    text = json.dumps(records, indent=indent, ensure_ascii=False)
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_file, "_CHUNK", chunk)
        found = list(read_rows(DataSource(path)))
    assert [row.record for row in found if isinstance(row, Row)] == json.loads(text)
    # Every element begins where the text before it ends.
    lines = text.split("\n") if indent is not None else []
    for row in found if indent else ():
        assert lines[row.line - 1].strip().startswith("{")
