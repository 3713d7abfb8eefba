"""JSON: an array of objects, or one object a line, as some data sets call their JSON Lines."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO

from annotation.errors import ImportFailure
from annotation.importers import jsonl_file
from annotation.importers.faults import BadRow, describe
from annotation.importers.rows import DataSource, Row, Rows

_CHUNK = 1 << 20
_SPACE = re.compile(r"[ \t\r\n]*")


def read(source: DataSource) -> Rows:
    """The rows of a JSON file, an element at a time, so that the file is never in memory as a whole."""
    if _begins_with_array(source):
        return _elements(source)
    return jsonl_file.read(source)


def _begins_with_array(source: DataSource) -> bool:
    with source.open() as stream:
        head = stream.read(4096).removeprefix(jsonl_file.BYTE_ORDER_MARK).lstrip()
    if not head:
        raise ImportFailure(f"{source.name}: the file is empty; expected an array of objects")
    return head.startswith(b"[")


def _elements(source: DataSource) -> Rows:
    with source.open() as stream:
        window = _Window(stream, source.name)
        window.take("[")
        if window.peek() == "]":
            return
        while True:
            line = window.line
            element = window.element()
            if isinstance(element, dict):
                yield Row(source.name, line, element)
            else:
                yield BadRow(source.name, line, "(the element)", "a JSON object", describe(element))
            if window.take(",]") == "]":
                break
        if window.peek():
            raise ImportFailure(
                f"{source.name}, line {window.line}: expected the end of the file after the array"
            )


class _Window:
    """The part of the text that is being decoded; grows until an element is whole."""

    def __init__(self, stream: IO[bytes], file: str) -> None:
        self._chunks = _decoded(stream, file)
        self._file = file
        self._text = ""
        self._at = 0
        self._line = 1
        self._decoder = json.JSONDecoder()

    @property
    def line(self) -> int:
        """The line of the next character that is no space."""
        self.peek()
        return self._line

    def peek(self) -> str:
        """The next character that is no space, empty at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            end = match.end() if match else self._at
            self._advance(end)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._grow(_CHUNK):
                return ""

    def take(self, allowed: str) -> str:
        """The next character, which must be one of the allowed."""
        found = self.peek()
        if not found or found not in allowed:
            expected = " or ".join(allowed)
            what = repr(found) if found else "the end of the file"
            raise ImportFailure(f"{self._file}, line {self._line}: expected {expected}, found {what}")
        self._advance(self._at + 1)
        return found

    def element(self) -> object:
        """The next whole JSON value."""
        self.peek()
        wanted = _CHUNK
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise ImportFailure(f"{self._file}, line {self._line}: too many nested brackets") from None
            except ValueError as error:
                # The value may only be cut off; twice as much each time keeps the whole linear.
                if not self._grow(wanted):
                    raise ImportFailure(f"{self._file}, {self._place(error)}: broken JSON") from error
                wanted *= 2
                continue
            if end < len(self._text) or not self._grow(_CHUNK):  # a number may go on in the next chunk
                self._advance(end)
                return value

    def _place(self, error: ValueError) -> str:
        if not isinstance(error, json.JSONDecodeError):
            return f"line {self._line}"
        return f"line {self._line + self._text.count(chr(10), self._at, error.pos)} ({error.msg.lower()})"

    def _advance(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _grow(self, wanted: int) -> bool:
        parts = [self._text[self._at :]]
        grown = 0
        for chunk in self._chunks:
            parts.append(chunk)
            grown += len(chunk)
            if grown >= wanted:
                break
        self._text = "".join(parts)
        self._at = 0
        return grown > 0


def _decoded(stream: IO[bytes], file: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    line = 1
    while True:
        chunk = stream.read(_CHUNK)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            byte = error.object[error.start]
            raise ImportFailure(
                f"{file}, line {line}: expected UTF-8, found the byte 0x{byte:02x}"
            ) from error
        line += text.count("\n")
        if text:
            yield text
        if not chunk:
            return
