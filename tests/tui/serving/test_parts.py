"""Frames, tries, sessions, origins and the environment, each by itself."""

import json
from dataclasses import dataclass

import pytest

from tui.serving.environment import served_environment
from tui.serving.frames import Focused, FrameError, Pinged, Resized, Size, Typed, read_frame
from tui.serving.limits import AT_A_NAME, AT_A_NAME_FROM_AN_ADDRESS, FROM_AN_ADDRESS, SECONDS, Tries
from tui.serving.origins import Origins, is_loopback
from tui.serving.visitors import IDLE_SECONDS, Visitor, Visitors

MALFORMED = (
    *("", "{", "null", "[]", "{}", '"stdin"', "3", "[" * 5000, "\x00"),
    *('["stdin"]', '["stdin", 3]', '["stdin", null]', '["stdin", "a", "b"]', '["stdin", "\\ud800"]'),
    *('["resize"]', '["resize", {}]', '["resize", [80, 24]]', '["resize", {"width": 80}]'),
    *('["resize", {"width": 0, "height": 24}]', '["resize", {"width": 80, "height": -1}]'),
    *('["resize", {"width": 1e9, "height": 24}]', '["resize", {"width": 100000, "height": 24}]'),
    *('["resize", {"width": "80", "height": 24}]', '["resize", {"width": NaN, "height": 24}]'),
    *('["ping"]', '["ping", 3]', json.dumps(["ping", "p" * 1000]), '["focus", 1]'),
    *('["meta", {"type": "quit"}]', '["deliver_chunk_request", "k"]', '["open_url", "x"]', '["exit"]'),
)


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def test_frames_of_a_page_are_read() -> None:
    assert read_frame('["stdin", "ä\\u001b[A"]') == Typed("ä\x1b[A".encode())
    assert read_frame('["resize", {"width": 120, "height": 40}]') == Resized(Size(120, 40))
    assert read_frame('["focus"]') == Focused(on=True)
    assert read_frame('["blur"]') == Focused(on=False)
    assert read_frame('["ping", "1795548398232"]') == Pinged("1795548398232")


@pytest.mark.parametrize("text", MALFORMED)
def test_other_frames_are_refused(text: str) -> None:
    with pytest.raises(FrameError):
        read_frame(text)


def test_a_name_waits_at_one_address_and_not_at_another() -> None:
    clock = Clock()
    tries = Tries(clock)
    assert [tries.begin("1.2.3.4", "anna") for _ in range(AT_A_NAME_FROM_AN_ADDRESS)] == [0.0] * 5
    clock.now += 20
    assert tries.begin("1.2.3.4", "ANNA") == SECONDS - 20
    assert tries.begin("5.6.7.8", "anna") == 0
    assert tries.begin("1.2.3.4", "ben") == 0
    clock.now += 40
    assert tries.begin("1.2.3.4", "anna") == 0


def test_names_and_addresses_are_not_guessed_through() -> None:
    tries = Tries(Clock())
    one_address = [tries.begin("2001:db8::1", f"name {n}") for n in range(FROM_AN_ADDRESS + 1)]
    assert one_address == [0.0] * FROM_AN_ADDRESS + [SECONDS]
    assert tries.begin("2001:db8::2", "zoe") == SECONDS  # the same network
    assert tries.begin("2001:db8:0:1::1", "zoe") == 0
    one_name = [tries.begin(f"10.0.{n}.1", "anna") for n in range(AT_A_NAME + 1)]
    assert one_name == [0.0] * AT_A_NAME + [SECONDS]


def test_success_is_no_try_and_the_past_is_forgotten() -> None:
    clock = Clock()
    tries = Tries(clock)
    for _ in range(100):
        assert tries.begin("1.2.3.4", "anna") == 0
        tries.succeeded("1.2.3.4", "anna")
    for n in range(6000):
        tries.begin(f"10.{n // 250}.{n % 250}.1", f"name {n}")
    clock.now += SECONDS
    tries.begin("1.2.3.4", "anna")
    assert len(tries._tries) < 10


def test_tokens_are_random_and_end() -> None:
    clock = Clock()
    visitors = Visitors(clock)
    anna = Visitor("anna", "2030")
    tokens = [visitors.let_in(anna) for _ in range(9)]
    assert len(set(tokens)) == 9
    assert all(len(token) >= 43 for token in tokens)  # 32 bytes in base 64
    assert visitors.find(tokens[0]) is None  # the oldest of nine
    assert visitors.find(tokens[1]) == anna
    visitors.let_out(tokens[1])
    assert visitors.find(tokens[1]) is None
    assert visitors.find("") is None
    assert visitors.find("\ud800") is None
    clock.now += IDLE_SECONDS
    assert visitors.find(tokens[8]) == anna
    clock.now += IDLE_SECONDS + 1
    assert visitors.find(tokens[8]) is None


@pytest.mark.parametrize(
    ("origins", "origin", "host", "allowed"),
    [
        (Origins("127.0.0.1"), "http://127.0.0.1:8000", "127.0.0.1:8000", True),
        (Origins("127.0.0.1"), "http://localhost:9000", "localhost:9000", True),
        (Origins("127.0.0.1"), "http://localhost:9001", "localhost:9000", False),
        (Origins("127.0.0.1"), "http://evil.example", "evil.example", False),
        (Origins("127.0.0.1"), "http://localhost.evil.example", "localhost.evil.example", False),
        (Origins("127.0.0.1"), None, "127.0.0.1:8000", False),
        (Origins("127.0.0.1"), "http://[", "[", False),
        (Origins("::1"), "http://[::1]:8000", "[::1]:8000", True),
        (Origins("0.0.0.0"), "http://lab.example:8000", "lab.example:8000", True),
        (Origins("0.0.0.0"), "http://evil.example", "lab.example:8000", False),
        (Origins("127.0.0.1", "https://lab.example/"), "https://lab.example", "lab.example", True),
        (Origins("127.0.0.1", "https://lab.example"), "https://lab.example", "127.0.0.1:8000", True),
        (Origins("127.0.0.1", "https://lab.example"), "https://evil.example", "lab.example", False),
    ],
)
def test_only_own_pages(origins: Origins, origin: str | None, host: str, allowed: bool) -> None:
    assert origins.allows(origin, host) is allowed


def test_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "localhost", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.1.2", "lab.example", "")))


def test_the_environment_is_what_is_named_and_no_more() -> None:
    own = {"PATH": "/bin", "LANG": "C.UTF-8", "OPENAI_API_KEY": "k", "SECRET": "s", "LD_PRELOAD": "/x.so"}
    assert served_environment(own, Size(90, 25)) == {
        "PATH": "/bin",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "COLUMNS": "90",
        "ROWS": "25",
    }
