"""Numbers and wrong values in words."""

import pytest
from pydantic import ValidationError

from annotation.settings import StudySettings
from annotation.wording import counted, people, wrong_keys


def test_one_and_many() -> None:
    assert [counted(number, "row") for number in (0, 1, 2, 2997)] == [
        "0 rows",
        "1 row",
        "2 rows",
        "2,997 rows",
    ]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"seed": "x"}, "key seed: expected a whole number"),
        ({"seed": "1.5"}, "key seed: expected a whole number"),
        ({"allow_ties": "perhaps"}, "key allow_ties: expected true or false"),
        ({"minimum_seconds": 99}, "key minimum_seconds: expected a number up to 60"),
        ({"minimum_seconds": -1}, "key minimum_seconds: expected a number from 0 up"),
        ({"agent_settings": "x"}, "key agent_settings: expected a table"),
        ({"colour": 1, "seed": None}, "key seed: expected a whole number; key colour: unknown key"),
        (
            dict.fromkeys("abcdefgh", 1),
            "; ".join([*(f"key {name}: unknown key" for name in "abcdef"), "and 2 more"]),
        ),
    ],
)
def test_every_wrong_key_is_named_in_plain_words(values: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        StudySettings.model_validate(values)
    assert wrong_keys(caught.value) == said


@pytest.mark.parametrize(("number", "told"), [(0, "0 people"), (1, "1 person"), (1200, "1,200 people")])
def test_one_is_a_person(number: int, told: str) -> None:
    assert people(number) == told
