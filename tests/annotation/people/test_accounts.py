"""Codes let their own people in, and nobody else; none is stored."""

import re
import statistics
import time
from functools import partial
from hashlib import scrypt

import pytest
from sqlalchemy import select

from annotation.answers import AnswerLog
from annotation.errors import AnswerError
from annotation.people.accounts import ALPHABET, accounts, add, add_all, check, renew
from annotation.people.erasure import erase
from annotation.people.participation import leave_out
from annotation.store.tables import access_codes
from annotation.study import Study


def test_a_code_lets_its_own_person_in(study: Study) -> None:
    codes = add_all(study, ["anna", "ben"])
    assert all(re.fullmatch(rf"([{ALPHABET}]{{4}}-){{3}}[{ALPHABET}]{{4}}", code) for code in codes.values())
    assert codes["anna"] != codes["ben"]
    assert check(study, "anna", codes["anna"]) == "anna"
    assert check(study, None, codes["ben"]) == "ben"
    assert check(study, None, codes["ben"].lower().replace("-", " ")) == "ben"
    assert check(study, "anna", codes["ben"]) is None
    assert check(study, "cleo", codes["ben"]) is None
    assert check(study, None, "") is None
    assert check(study, None, codes["ben"][:-1]) is None
    assert check(study, "anna", "ä" * 10_000) is None


def test_only_salt_and_hash_are_stored(study: Study) -> None:
    code = add(study, "anna")
    with study.reading() as connection:
        (row,) = connection.execute(select(access_codes)).all()
    assert not any(code.replace("-", "") in str(value).replace("-", "") for value in row)
    expected = scrypt(
        code.replace("-", "").encode(), salt=bytes.fromhex(row.salt), n=2**14, r=8, p=1, maxmem=2**26
    )
    assert row.hash == expected.hex()


def test_a_new_code_takes_the_old_ones_place(study: Study) -> None:
    old = add(study, "anna")
    new = renew(study, "anna")
    assert check(study, "anna", old) is None
    assert check(study, "anna", new) == "anna"


def test_nobody_is_made_twice_and_nothing_by_halves(study: Study) -> None:
    AnswerLog(study).register("terminal")
    assert check(study, "terminal", "") is None
    assert add(study, "terminal")  # labelled before without a code
    with pytest.raises(AnswerError, match="terminal has a code"):
        add_all(study, ["dora", "terminal"])
    with pytest.raises(AnswerError, match="needs a name"):
        add_all(study, ["dora", " "])
    with pytest.raises(AnswerError, match="no annotator"):
        renew(study, "dora")
    assert [one.name for one in accounts(study)] == ["terminal"]


@pytest.mark.parametrize("name", ["erased 1", "Erased 1", " erased  7", "ERASED\t12", "erased１"])
def test_nobody_comes_in_as_somebody_who_was_erased(study: Study, name: str) -> None:
    add(study, "anna")
    erase(study, "anna")
    for come_in in (AnswerLog(study).register, partial(add, study)):
        with pytest.raises(AnswerError, match="is what somebody is called who was erased"):
            come_in(name)
    assert [one.name for one in accounts(study)] == ["erased 1"]


@pytest.mark.parametrize("name", ["Eve", "EVE", "e ve", "\u200beve", "ｅve"])
def test_nobody_is_two_people_by_a_capital_or_a_space(study: Study, name: str) -> None:
    add(study, "eve")
    for come_in in (AnswerLog(study).register, partial(add, study)):
        with pytest.raises(AnswerError, match="differs from the annotator 'eve' only by"):
            come_in(name)
    assert [one.name for one in accounts(study)] == ["eve"]


def test_space_around_a_name_is_none_of_it(study: Study) -> None:
    code = add(study, " zo\u0065\u0301 ")
    assert AnswerLog(study).register("zo\u00e9 ") == "zo\u00e9"
    assert check(study, "zo\u00e9\n", code) == "zo\u00e9"
    assert [one.name for one in accounts(study)] == ["zo\u00e9"]
    with pytest.raises(AnswerError, match="'Al' and 'al' differ only by"):
        add_all(study, ["Al", "al"])


def test_accounts_say_who_counts(study: Study) -> None:
    add_all(study, ["anna", "ben"])
    AnswerLog(study).register("cleo")
    leave_out(study, "ben", "hurries")
    erase(study, "anna")
    found = [(one.name, one.since is not None, one.absent) for one in accounts(study)]
    assert found == [("ben", True, True), ("cleo", False, False), ("erased 1", False, True)]
    with pytest.raises(AnswerError, match="was erased"):
        renew(study, "erased 1")


def test_wrong_codes_and_unknown_names_take_as_long(study: Study) -> None:
    code = add(study, "anna")

    def seconds(name: str, tried: str) -> float:
        times = []
        for _ in range(5):
            start = time.thread_time()  # of computing: others on this machine do not count
            check(study, name, tried)
            times.append(time.thread_time() - start)
        return statistics.median(times)

    right, wrong, unknown = seconds("anna", code), seconds("anna", "A"), seconds("nobody", code)
    assert min(right, wrong, unknown) > 0.01
    assert max(right, wrong, unknown) < 4 * min(right, wrong, unknown)
